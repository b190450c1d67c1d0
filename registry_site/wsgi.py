"""The WSGI application that `serve` gives to granian, and that any other WSGI server may load."""

import multiprocessing
import os
import signal
import threading

from django.core.wsgi import get_wsgi_application


def end_with_server() -> None:
    """Stop a worker whose server was killed: it would hold the port, and the next start would find it taken."""
    server = multiprocessing.parent_process()
    if server is None:
        return

    def watch() -> None:
        server.join()
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "registry_site.settings")
application = get_wsgi_application()
end_with_server()
