"""The second step of signing in: codes of an app (TOTP, RFC 6238), and recovery codes for when the phone is lost.

Functions here flush and never commit. Codes have six digits and change every 30 seconds, as all apps have them. The one
before and the one after are taken, too, since clocks differ; each is taken once (RFC 6238, section 5.2).
"""

from __future__ import annotations

import base64
import hmac
import secrets
from datetime import datetime

import pyotp
from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from cms.accounts import audit, tokens
from cms.accounts.audit import Deed
from cms.accounts.models import RecoveryCode, User
from cms.database import changed_rows, now
from cms.messages import N_, InvalidInput

#: Seconds that a code is shown, and how many codes before and after the present one are taken.
PERIOD, DRIFT = 30, 1
RECOVERY_CODES = 10
#: 80 bits: too many to be tried out, even by whoever has the digests.
_RECOVERY_BYTES = 10


def is_on(user: User) -> bool:
    """Whether an account asks for a code."""
    return user.totp_step is not None


def begin(session: Session, user: User) -> None:
    """Give an account a new secret. It counts from the first code on that is confirmed.

    Raises:
        InvalidInput: the account has one already.
    """
    if is_on(user):
        raise InvalidInput(N_("The second step is on already."))
    user.totp_secret = pyotp.random_base32()
    session.flush()


def address(user: User, site: str) -> str:
    """What the QR code has, for an app to take in."""
    return pyotp.TOTP(user.totp_secret or "").provisioning_uri(name=user.email, issuer_name=site)


def confirm(session: Session, user: User, code: str, moment: datetime | None = None) -> list[str]:
    """Turn the second step on, if the app shows the right code. Returns the recovery codes, which are not kept.

    Raises:
        InvalidInput: the code is wrong, or no secret was given.
    """
    step = _step(user, code, moment)
    if step is None or is_on(user):
        raise InvalidInput(N_("This code is wrong. Look whether the clock of your phone is right."))
    user.totp_step = step
    return renew(session, user)


def renew(session: Session, user: User) -> list[str]:
    """Make new recovery codes in place of all earlier ones."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
    codes = [_new_code() for _ in range(RECOVERY_CODES)]
    session.add_all(RecoveryCode(user_id=user.id, digest=tokens.digest(_bare(code))) for code in codes)
    session.flush()
    audit.note(session, Deed.CREATED, user.email, RecoveryCode.__tablename__)
    return codes


def left(session: Session, user: User) -> int:
    """How many recovery codes there are still."""
    return session.scalar(select(func.count()).where(RecoveryCode.user_id == user.id)) or 0


def check(session: Session, user: User, code: str, moment: datetime | None = None) -> bool:
    """Whether that is a code of the account: of the app, or for recovery. It is used up then."""
    bare = _bare(code)
    if not bare.isdigit():
        used = delete(RecoveryCode).where(RecoveryCode.user_id == user.id, RecoveryCode.digest == tokens.digest(bare))
        is_right = bool(changed_rows(session.execute(used)))
        if is_right:
            audit.note(session, Deed.USED, user.email, RecoveryCode.__tablename__)
        return is_right
    step = _step(user, bare, moment)
    if step is None:
        return False
    # Of two requests with one code at once, one changes the row.
    is_new = or_(User.totp_step < step, User.totp_step.is_(None))
    values = {"totp_step": step, "updated_at": User.updated_at}
    return bool(changed_rows(session.execute(update(User).where(User.id == user.id, is_new).values(values))))


def turn_off(session: Session, user: User) -> None:
    """Let the password be enough again."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
    user.totp_secret = user.totp_step = None
    session.flush()


def _step(user: User, code: str, moment: datetime | None) -> int | None:
    """The number of the 30 seconds for which an account's app shows that code; ``None`` if it is none of now."""
    if not user.totp_secret:
        return None
    present = int((moment or now()).timestamp()) // PERIOD
    app, sent = pyotp.TOTP(user.totp_secret), _bare(code).encode()
    steps = range(max(0, present - DRIFT), present + DRIFT + 1)
    return next((step for step in steps if hmac.compare_digest(app.generate_otp(step).encode(), sent)), None)


def _new_code() -> str:
    text = base64.b32encode(secrets.token_bytes(_RECOVERY_BYTES)).decode().lower()
    return "-".join(text[start : start + 4] for start in range(0, len(text), 4))


def _bare(code: str) -> str:
    """A code as people copy it, without spaces and hyphens."""
    return "".join(c for c in code if c.isalnum()).lower()
