"""What the checks share. Run as: python common.py MODULE CHECK, with URL and TOKEN in the environment."""

import importlib
import os
import sys

import gitlab


def connect(**options):
    # A refusal is an answer here, and no reason to try again.
    return gitlab.Gitlab(os.environ["URL"], retry_transient_errors=False, timeout=20, **options)


def expect(found, wanted):
    if found != wanted:
        raise AssertionError(f"{found!r} is not {wanted!r}")


def raises(error, code, words, call):
    try:
        call()
    except error as raised:
        if raised.response_code != code or words not in str(raised):
            raise AssertionError(f"{raised.response_code} {raised} is not {code} {words}") from raised
        return
    raise AssertionError(f"{error.__name__} was not raised")


if __name__ == "__main__":
    _, module, check = sys.argv
    name = "py-" + check.replace("_", "-")
    getattr(importlib.import_module(module), check)(connect(private_token=os.environ["TOKEN"]), name)
