"""Which controls a page offers its reader; whether he may use them is decided by the services."""

from models_app.actors import Actor
from models_app.services.access import Level, level_for


def rights_of(actor: Actor, obj: object) -> dict[str, bool]:
    level = level_for(actor, obj)
    return {"may_edit": level >= Level.EDIT, "may_manage": level >= Level.MANAGE}
