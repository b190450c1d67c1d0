"""Charts: what is read for them, thinned, placed and drawn; curves by the browser, all others here as SVG."""
