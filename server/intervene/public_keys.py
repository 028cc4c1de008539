"""What a key of a host application has to be for its algorithm, and the key as signatures are checked with it.

The algorithm belongs to the key and is never taken from a token: a public key that everybody may read would otherwise
be good as the secret of HS256.
"""

from functools import lru_cache
from typing import TypeAlias

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from intervene.core.limits import SIGNING_KEYS_AT_HAND
from intervene.core.signing_keys import Algorithm

PublicKey: TypeAlias = RSAPublicKey | EllipticCurvePublicKey

RSA_BITS, RSA_BITS_MOST = 2048, 8192
EXPONENT_BITS_MOST = 32  # a longer one makes each check as slow as a signature


class UnfitKey(ValueError):
    """The message is one sentence for the person who gives the key."""


def checked(algorithm: Algorithm, key: str) -> str:
    """The key, a public one always in the same notation. Raises `UnfitKey`."""
    if algorithm is not Algorithm.HS256:
        pem = _load(algorithm, key).public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        return pem.decode()
    if "-----BEGIN" in key:
        raise UnfitKey("The key for HS256 is a secret text, and this is a file of a key: name its algorithm.")
    if any(letter < " " or letter == "\x7f" for letter in key):
        # The end of a line is a slip, and to HMAC a key with NUL behind it is the same key.
        raise UnfitKey("The key has control characters.")
    return key


@lru_cache(SIGNING_KEYS_AT_HAND)
def verifier(algorithm: Algorithm, key: str) -> str | PublicKey:
    """What `jwt` takes. `key` as `checked` answers it."""
    return key if algorithm is Algorithm.HS256 else _load(algorithm, key)


def _load(algorithm: Algorithm, key: str) -> PublicKey:
    if "PRIVATE KEY" in key:
        raise UnfitKey("This is the private key: keep it, and give the public one.")
    if key.count("-----BEGIN") > 1:
        raise UnfitKey("There are several keys in it: give one.")
    try:
        found = load_pem_public_key(key.encode())
    except (ValueError, UnsupportedAlgorithm):
        raise UnfitKey(f"The key for {algorithm} is a public key as PEM: -----BEGIN PUBLIC KEY----- ...") from None
    if algorithm is Algorithm.ES256:
        if not isinstance(found, EllipticCurvePublicKey) or not isinstance(found.curve, SECP256R1):
            raise UnfitKey("The key for ES256 is one of the curve P-256.")
        return found
    if not isinstance(found, RSAPublicKey):
        raise UnfitKey("The key for RS256 is one of RSA.")
    if not RSA_BITS <= found.key_size <= RSA_BITS_MOST:
        raise UnfitKey(f"The key for RS256 has {RSA_BITS} to {RSA_BITS_MOST} bits, and not {found.key_size}.")
    if found.public_numbers().e.bit_length() > EXPONENT_BITS_MOST:
        raise UnfitKey("The exponent of the key is too long: make it with the usual one, 65537.")
    return found
