"""One line per event to standard error; JSON when it is not a terminal."""

import logging
import sys

import structlog

log = structlog.get_logger()


def set_up(level: str = "info") -> None:
    """Configure logging once, at the start of the program."""
    number = logging.getLevelNamesMapping().get(level.upper(), logging.INFO)
    plain = sys.stderr.isatty()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.dev.ConsoleRenderer() if plain else structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
