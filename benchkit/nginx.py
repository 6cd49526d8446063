"""nginx in front of a bench: one address for pages, files and realtime, as in production."""

import os
from pathlib import Path

from benchkit.profile import Profile

CONFIG = """daemon off;
worker_processes 2;
pid {folder}/nginx.pid;
error_log {logs}/nginx.log warn;
{user}
events {{ worker_connections 1024; }}
http {{
	include /etc/nginx/mime.types;
	types {{ application/javascript mjs; }}
	default_type application/octet-stream;
	access_log off;
	client_body_temp_path {folder}/body;
	proxy_temp_path {folder}/proxy;
	fastcgi_temp_path {folder}/fastcgi;
	uwsgi_temp_path {folder}/uwsgi;
	scgi_temp_path {folder}/scgi;
	client_max_body_size 50m;
	sendfile on;
	server_tokens off;
	keepalive_timeout 65;
	gzip on;
	gzip_proxied any;
	gzip_min_length 1000;
	gzip_types text/css application/javascript application/json image/svg+xml text/plain text/calendar;
	map $http_upgrade $connection_upgrade {{ default upgrade; '' ''; }}
	upstream web {{ server 127.0.0.1:{app}; keepalive 16; keepalive_timeout 30s; }}
	server {{
		listen 127.0.0.1:{port};
		add_header X-Content-Type-Options nosniff always;
		add_header Referrer-Policy same-origin always;
		location /assets/ {{
			alias {sites}/assets/;
			add_header Cache-Control "public, max-age=3600";
			add_header X-Content-Type-Options nosniff always;
		}}
		location /files/ {{
			alias {sites}/{site}/public/files/;
			# What people upload is never run by a browser as a page of ours.
			add_header Content-Disposition attachment;
			add_header X-Content-Type-Options nosniff always;
		}}
		location /socket.io {{
			proxy_pass http://127.0.0.1:{realtime};
			proxy_http_version 1.1;
			proxy_set_header Upgrade $http_upgrade;
			proxy_set_header Connection $connection_upgrade;
			proxy_set_header Host $http_host;
			proxy_set_header Origin $scheme://$http_host;
			proxy_set_header X-Frappe-Site-Name {site};
		}}
		location / {{
			proxy_pass http://web;
			proxy_http_version 1.1;
			proxy_set_header Connection "";
			proxy_set_header Host $http_host;
			# Set, not appended: rate limits go by the address that really called.
			proxy_set_header X-Forwarded-For $remote_addr;
			proxy_set_header X-Forwarded-Proto $scheme;
			proxy_read_timeout 120s;
		}}
	}}
}}
"""


def command(profile: Profile) -> list[str]:
	"""Write the configuration and return the command line."""
	folder = profile.data / "nginx"
	folder.mkdir(parents=True, exist_ok=True)
	config = config_file(profile)
	config.write_text(
		CONFIG.format(
			folder=folder,
			logs=profile.logs,
			user=_user(),
			app=profile.port("app"),
			port=profile.port("web"),
			realtime=profile.port("realtime"),
			sites=profile.sites,
			site=profile.site,
		)
	)
	return ["nginx", "-c", str(config), "-e", str(profile.logs / "nginx.log")]


def config_file(profile: Profile) -> Path:
	"""Return where the configuration stands; the process shows it in its command line."""
	return profile.data / "nginx" / "nginx.conf"


def _user() -> str:
	# Run by root, nginx would drop to a system user that may not read the checkout.
	return "user root;" if os.geteuid() == 0 else ""
