"""Contacts as staff enter and look for them: addresses in their one notation."""

import phonenumbers

from intervene.core.contacts import AddressKind
from intervene.core.errors import BadSetting
from intervene.core.limits import ADDRESS_CHARS
from intervene.core.text import name_text


def normal(kind: AddressKind, given: str) -> str:
    """The one notation of an address: of a phone number E.164. Raises `BadSetting`.

    >>> normal(AddressKind.PHONE, "+49 (30) 90 18-20")
    '+4930901820'
    """
    if kind is AddressKind.PHONE:
        return _phone(given)
    address = name_text(given, ADDRESS_CHARS)
    if not address or address != given:
        raise BadSetting("An address has visible characters, and no blanks around them.")
    return address


def _phone(given: str) -> str:
    try:
        number = phonenumbers.parse(given, None)
    except phonenumbers.NumberParseException:
        raise BadSetting("The phone number cannot be read. Write it with its country, like +49 30 901820.") from None
    if not phonenumbers.is_possible_number(number):
        raise BadSetting("There can be no such phone number. Write it with its country, like +49 30 901820.")
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def spellings(given: str) -> tuple[str, ...]:
    """An address that is looked for, as it may be stored."""
    try:
        phone = _phone(given)
    except BadSetting:
        return (given,)
    return (given, phone) if phone != given else (given,)
