"""How the tests start Debian's Chromium: headless, and quiet towards the outside."""

import shutil

# How long a page may take to show what is awaited, ms: a busy machine is slow, a broken page never shows it.
PATIENCE = 30_000
LAUNCH = {
	"executable_path": shutil.which("chromium") or "/usr/bin/chromium",
	"headless": True,
	"args": [
		"--no-sandbox",
		"--disable-gpu",
		"--disable-quic",
		"--no-first-run",
		"--disable-background-networking",
		"--disable-component-update",
		"--disable-sync",
	],
}
