"""The browser edition: the course as a static site, with nothing to install for who opens it."""
