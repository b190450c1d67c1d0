"""The example registry: `registry.zip`, which `services.demo` loads, and the script that recorded it.

Everything but the archive needs scikit-learn and the mlflow client, and runs only when the archive is made anew.
"""
