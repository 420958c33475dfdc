"""``python -m browser_edition``: build the site, try it, or pin other versions."""

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def main(arguments=None):
    """Run one command; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m browser_edition", description=__doc__)
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    building = commands.add_parser("build", help="build the site")
    building.add_argument("--output", type=Path, default=ROOT / "site", metavar="DIR")
    building.add_argument(
        "--lessons", type=Path, metavar="DIR", help="the complete lessons (default: notebooks)"
    )
    building.add_argument(
        "--only", nargs="+", default=[], metavar="LESSON", help="some lessons, such as 01 02"
    )
    building.add_argument("--title", help="what the site is called (default: CNN Lab)")
    building.add_argument(
        "--without-answers", action="store_true", help="leave the complete lessons out"
    )
    building.add_argument(
        "--assignments", type=Path, metavar="DIR", help="a course's folder release/, to hand out"
    )
    building.set_defaults(run=build)
    serving = commands.add_parser("serve", help="serve the site on this machine, to try it")
    serving.add_argument("--site", type=Path, default=ROOT / "site", metavar="DIR")
    serving.add_argument("--port", type=int, default=8000)
    serving.set_defaults(run=serve)
    pinning = commands.add_parser("pin", help="write pins.json anew, for other versions")
    pinning.add_argument("lock", type=Path, help="the pyodide-lock.json that Pyodide publishes")
    pinning.set_defaults(run=pin)
    options = parser.parse_args(arguments)
    return options.run(options)


def build(options):
    """Build the site."""
    from browser_edition.contents import ContentsError
    from browser_edition.distribution import DistributionError
    from browser_edition.files import SourceError
    from browser_edition.site import TITLE, SiteError, build

    try:
        build(
            options.output,
            options.lessons,
            title=options.title or TITLE,
            only=options.only,
            answers=not options.without_answers,
            assignments=options.assignments,
        )
    except (ContentsError, DistributionError, SiteError, SourceError) as error:
        print(f"The site could not be built. {error}", file=sys.stderr)
        return 1
    return 0


def serve(options):
    """Serve the site until it is ended."""
    from browser_edition.serve import serve

    return serve(options.site, options.port)


def pin(options):
    """Write the pins."""
    from browser_edition.pin import pin

    pin(options.lock)
    return 0


if __name__ == "__main__":
    sys.exit(main())
