"""Random names for runs and logged models that come without one: `<adjective>-<noun>-<number>`."""

from __future__ import annotations

import random

_ADJECTIVES = (
    "able agile amber ample apt bold brave brisk calm candid clean clear clever cosmic crisp curious "
    "daring deft eager early fair fancy fast fine firm fleet fond frank fresh gentle glad golden good "
    "grand happy hardy honest humble keen kind large light likely lively lucid lucky mellow merry mighty "
    "mild modest neat nimble noble open patient placid plain polite proud quick quiet rapid rare ready "
    "regal robust secret serene sharp silent sincere smart smooth snug solid sound spry stable stately "
    "steady stern still strong subtle sunny sure swift tidy trim true upbeat vivid warm wise witty young"
).split()
_NOUNS = (
    "ant auk bear bee bird boar bug calf carp cat cod colt conch cow crab crane crow deer doe dog dolphin "
    "dove duck eagle eel elk ewe fawn finch fish flea fly foal fowl fox frog gnat gnu goat goose grouse "
    "gull hare hawk hen heron horse hound ibis jay kit kite koala lamb lark lion loon lynx mare mink mole "
    "moose moth mouse mule newt otter owl ox panda perch pig pike pony pug quail ram rat raven roo rook "
    "seal shad shark sheep shrew shrike skink skunk sloth slug smelt snail snake snipe sow squid stag "
    "stoat stork swan tern toad trout vole wasp whale wolf worm wren yak zebra"
).split()
_MAX_LENGTH = 20


def random_name() -> str:
    """A readable name of at most 20 characters; not unique."""
    while True:
        name = f"{random.choice(_ADJECTIVES)}-{random.choice(_NOUNS)}-{random.randint(0, 1000)}"  # noqa: S311
        if len(name) <= _MAX_LENGTH:
            return name
