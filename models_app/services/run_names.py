"""Names for runs and models that come without one: easy to say, easy to tell apart."""

import secrets

_ADJECTIVES = (
    "amber ancient bold brave bright brisk calm candid clever crisp curious daring deft eager early earnest fair "
    "fleet fresh gentle glad golden grand handy hardy hazel honest humble jolly keen kind lively loyal lucid "
    "lucky mellow merry mild neat nimble noble olive patient placid polite prime proud quick quiet rapid ready "
    "robust rosy royal rustic sage sharp silent silver sleek smart snowy sober solid sound spry steady stout "
    "sturdy subtle sunny swift tidy tranquil upbeat valiant vivid warm wise witty young zesty"
).split()
_NOUNS = (
    "acorn alder ash aspen badger beech birch bison brook cedar cliff cloud comet condor coral crane creek "
    "cypress dawn deer delta dune eagle elm falcon fern finch fir fjord forest fox garnet glade grove gull harbor "
    "hare hawk hazel heron hill holly ibis island ivy jay juniper kestrel lagoon lake lark laurel linden lynx "
    "maple marsh marten meadow moose moss myrtle newt oak onyx orchid osprey otter owl pine plover poplar quail "
    "quartz raven reef ridge river robin rowan sparrow spruce stork stream swan thrush tiger trout tulip valley "
    "walnut willow wren"
).split()


def invent_run_name() -> str:
    return f"{secrets.choice(_ADJECTIVES)}-{secrets.choice(_NOUNS)}-{secrets.randbelow(900) + 100}"
