"""boto3 for one bucket: a client that gives up soon, and its many ways to fail in words for people."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,
    ConnectTimeoutError,
    HTTPClientError,
    IncompleteReadError,
    NoCredentialsError,
    ReadTimeoutError,
    SSLError,
)

from models_app.errors import InvalidValue, RegistryError
from models_app.storage.interface import StoreFull, StoreUnavailable

logger = logging.getLogger("laurel.storage")

MISSING = {"NoSuchKey", "NotFound", "404"}
_FULL = {"QuotaExceeded", "InsufficientStorage", "XMinioStorageFull", "XMinioAdminBucketQuotaExceeded", "507"}
_DENIED = {"AccessDenied", "Forbidden", "AllAccessDisabled", "403"}
_REFUSED = {
    *("InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken", "TokenRefreshRequired"),
    *("MissingAuthenticationToken", "AuthorizationHeaderMalformed"),
}
_WRONG_UPLOAD = {"NoSuchUpload", "InvalidPart", "InvalidPartOrder", "EntityTooSmall", "MalformedXML"}

# A store that is away should cost a request seconds, not minutes.
_SETTINGS = Config(
    signature_version="s3v4",
    connect_timeout=4,
    read_timeout=15,
    retries={"mode": "standard", "total_max_attempts": 2},
    max_pool_connections=64,
    # Many stores that speak S3 refuse the newer checksums, and parts that clients send to signed addresses have none.
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
)
# One lost part would lose a large upload, and making an object of thousands of parts may take a store minutes.
_PATIENT = _SETTINGS.merge(Config(read_timeout=120, retries={"mode": "standard", "total_max_attempts": 4}))


def connect(endpoint: str = "", *, is_patient: bool = False) -> Any:
    """Everything that is not said here, boto3 finds where AWS's own tools look: variables, profiles, roles."""
    with in_words():
        try:
            session = boto3.session.Session()
            return session.client("s3", endpoint_url=endpoint or None, config=_PATIENT if is_patient else _SETTINGS)
        except ValueError as error:  # an endpoint that is no address
            raise StoreUnavailable(str(error).rstrip(".")) from None


def code_of(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


@contextmanager
def in_words(bucket: str = "", endpoint: str = "") -> Iterator[None]:
    """Whatever goes wrong within becomes a RegistryError; what a caller knows better, it catches itself."""
    try:
        yield
    except ClientError as error:
        refusal = _refusal(error, bucket)
        if not isinstance(refusal, InvalidValue):
            logger.error("The bucket %r refused: %s", bucket, error)
        raise refusal from error
    except BotoCoreError as error:
        logger.error("The bucket %r failed: %s", bucket, error)
        raise StoreUnavailable(_reason(error, endpoint or "the store")) from error


def _refusal(error: ClientError, bucket: str) -> RegistryError:
    code = code_of(error)
    if code in _FULL:
        return StoreFull("The server's artifact store has no room left; nothing was stored.")
    if code == "EntityTooLarge":
        return InvalidValue("The file is larger than the artifact store takes; nothing was stored.")
    if code == "KeyTooLongError":
        return InvalidValue("The path is too long for the artifact store.", field="path")
    if code in _WRONG_UPLOAD:
        return InvalidValue(f"The artifact store can't make a file of these parts: {code}.", field="parts")
    if code == "NoSuchBucket":
        return StoreUnavailable(f"there is no bucket {bucket!r}")
    if code in _DENIED:
        return StoreUnavailable(f"its credentials may not {_doing(error)} in bucket {bucket!r} ({code})")
    if code in _REFUSED:
        return StoreUnavailable(f"its credentials are refused ({code})")
    return StoreUnavailable(f"{_doing(error)} in bucket {bucket!r} was answered with {code or 'nothing readable'}")


def _doing(error: ClientError) -> str:
    """The right that IAM knows by the same name, more or less."""
    return error.operation_name or "work"


def _reason(error: BotoCoreError, endpoint: str) -> str:
    if isinstance(error, NoCredentialsError):
        return "no credentials were found (AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile or a role)"
    if isinstance(error, ConnectTimeoutError | ReadTimeoutError):
        return f"{endpoint} does not answer in time"
    if isinstance(error, SSLError):
        return f"the certificate of {endpoint} is not trusted"
    if isinstance(error, IncompleteReadError):
        return f"the connection to {endpoint} broke off"
    if isinstance(error, HTTPClientError | ConnectionError):
        return f"{endpoint} can't be reached"
    return str(error).strip().rstrip(".")
