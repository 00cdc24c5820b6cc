"""Passkeys (WebAuthn): registered by whoever is signed in, and enough to sign in with.

The authenticator has to verify who uses it, by a PIN, a finger or a face, so a passkey is both steps in one. Functions
here flush and never commit.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import webauthn
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from cms.accounts import tokens
from cms.accounts.models import Passkey, SpentChallenge, User
from cms.cleaning import clean_line
from cms.database import now
from cms.messages import N_, InvalidInput

MAX_PASSKEYS, NAME_LENGTH = 20, 100
#: How long a challenge is valid. It is taken once.
PATIENCE = timedelta(minutes=5)

_REQUIRED = UserVerificationRequirement.REQUIRED
#: What is wrong with bytes that nobody's authenticator has sent.
_FAULTS = (WebAuthnException, ValueError, KeyError, TypeError, AttributeError)


@dataclass(frozen=True)
class Party:
    """The site, as browsers know it: its host, by which passkeys belong to it, its origin, and its name."""

    host: str
    origin: str
    name: str


def creation(session: Session, user: User, party: Party) -> tuple[str, str]:
    """What the browser needs to make a passkey, as JSON, and the challenge in it."""
    options = webauthn.generate_registration_options(
        rp_id=party.host,
        rp_name=party.name,
        user_id=str(user.id).encode(),
        user_name=user.email,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=_REQUIRED
        ),
        exclude_credentials=[
            PublicKeyCredentialDescriptor(id=base64url_to_bytes(passkey.credential_id)) for passkey in of(session, user)
        ],
    )
    return webauthn.options_to_json(options), bytes_to_base64url(options.challenge)


def add(session: Session, user: User, party: Party, challenge: str, sent: str, name: str) -> Passkey:
    """Keep the passkey that the browser has made.

    Raises:
        InvalidInput: it was not made for this site and this challenge, or there are too many.
    """
    if len(of(session, user)) >= MAX_PASSKEYS:
        raise InvalidInput(N_("There are too many passkeys. Remove one first."))
    try:
        made = webauthn.verify_registration_response(
            credential=sent,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=party.host,
            expected_origin=party.origin,
            require_user_verification=True,
        )
    except _FAULTS as error:
        raise InvalidInput(N_("The passkey could not be made. Please try again.")) from error
    _spend(session, challenge)
    passkey = Passkey(
        user_id=user.id,
        credential_id=bytes_to_base64url(made.credential_id),
        public_key=made.credential_public_key,
        sign_count=made.sign_count,
        name=clean_line(name)[:NAME_LENGTH] or user.email[:NAME_LENGTH],
    )
    if session.scalar(select(Passkey.id).where(Passkey.credential_id == passkey.credential_id)):
        raise InvalidInput(N_("This passkey is here already."))
    session.add(passkey)
    session.flush()
    return passkey


def question(party: Party) -> tuple[str, str]:
    """What the browser needs to sign in with a passkey, as JSON, and the challenge in it. It names nobody."""
    options = webauthn.generate_authentication_options(rp_id=party.host, user_verification=_REQUIRED)
    return webauthn.options_to_json(options), bytes_to_base64url(options.challenge)


def authenticate(session: Session, party: Party, challenge: str, sent: str) -> User | None:
    """The active account whose passkey has signed the challenge; ``None`` if none has, or it was used already."""
    try:
        credential_id = str(json.loads(sent)["id"])
        found = session.execute(
            select(Passkey, User)
            .join(User, User.id == Passkey.user_id)
            .where(Passkey.credential_id == credential_id, User.is_active)
        ).first()
        if found is None:
            return None
        passkey, user = found
        verified = webauthn.verify_authentication_response(
            credential=sent,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=party.host,
            expected_origin=party.origin,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
        _spend(session, challenge)
    except (*_FAULTS, InvalidInput):
        return None
    passkey.sign_count, passkey.used_at = verified.new_sign_count, now()
    session.flush()
    return user  # type: ignore[no-any-return]


def of(session: Session, user: User) -> Sequence[Passkey]:
    """The passkeys of an account, in the order in which they were made."""
    return session.scalars(select(Passkey).where(Passkey.user_id == user.id).order_by(Passkey.id)).all()


def remove(session: Session, user: User, passkey_id: int) -> bool:
    """Remove a passkey of an account; ``False`` if it has none with that id."""
    passkey = session.get(Passkey, passkey_id)
    if passkey is None or passkey.user_id != user.id:
        return False
    session.delete(passkey)
    session.flush()
    return True


def remove_all(session: Session, user_id: int) -> int:
    """Remove all passkeys of an account. Returns how many there were."""
    found = session.scalars(select(Passkey).where(Passkey.user_id == user_id)).all()
    for passkey in found:
        session.delete(passkey)
    session.flush()
    return len(found)


def _spend(session: Session, challenge: str) -> None:
    """Take a challenge once. Of two requests at once the second fails at its primary key."""
    moment = now()
    session.execute(delete(SpentChallenge).where(SpentChallenge.expires_at < moment))
    try:
        with session.begin_nested():
            session.add(SpentChallenge(digest=tokens.digest(challenge), expires_at=moment + 2 * PATIENCE))
    except IntegrityError as error:
        raise InvalidInput(N_("The passkey could not be made. Please try again.")) from error
