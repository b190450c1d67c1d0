"""Stock mlflow clients of other generations, each in an environment of its own."""
