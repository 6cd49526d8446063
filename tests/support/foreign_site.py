"""A site of somebody else: a page with the booking widget, on an origin of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

PAGE = """<!DOCTYPE html>
<html lang="ru"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Клиника-партнёр</title></head>
<body style="margin:0"><h1>Клиника-партнёр</h1>
<script>
	window.booked = [];
	window.heard = [];
	document.addEventListener("lab_crm:booked", (event) => window.booked.push(event.detail));
	window.addEventListener("message", ({{ origin, data }}) => window.heard.push([origin, data.type]));
</script>
<script src="{web}/assets/lab_crm/widget.js" {attributes}></script>
<p id="end">Подвал клиники</p></body></html>"""


@contextmanager
def foreign_site(web: str, **data: str) -> Iterator[str]:
	"""Serve the page at `http://localhost:<a free port>` and yield that origin: another site than
	`http://127.0.0.1`, for a browser.

	Args:
		web: address of the laboratory.
		data: `data-…` attributes of the widget, with underscores.
	"""
	attributes = " ".join(f'data-{name.replace("_", "-")}="{value}"' for name, value in data.items())
	body = PAGE.format(web=web, attributes=attributes).encode()

	class Handler(BaseHTTPRequestHandler):
		def do_GET(self):
			self.send_response(200)
			self.send_header("Content-Type", "text/html; charset=utf-8")
			self.send_header("Content-Length", str(len(body)))
			self.end_headers()
			self.wfile.write(body)

		def log_message(self, *_details):
			pass

	server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
	thread = Thread(target=server.serve_forever, daemon=True)
	thread.start()
	try:
		yield f"http://localhost:{server.server_port}"
	finally:
		server.shutdown()
		server.server_close()
		thread.join()
