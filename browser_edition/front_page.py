"""The page that a learner meets first, and what it knows of the lessons."""


def stamp(contents):
    """Give every learner's copy its version; return what the front page must know."""
    return {"lessons": sorted(path.name for path in contents.glob("*.ipynb"))}


def add(site, course):
    """Put the front page into the built site."""
