"""From what ISOCENTRE_BLOBS says to a store, and whether that store can be used. Credentials come from AWS_… only."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from isocentre.core.ports import Blobs

S3 = "s3://"


def opened(where: str) -> Blobs:
    """The store: a folder, or s3://bucket/prefix; ValueError for an s3 address without a bucket."""
    if where.startswith(S3):
        from isocentre.adapters.blobs.s3 import S3Blobs

        return S3Blobs(where)
    from isocentre.adapters.blobs.disk import DiskBlobs

    return DiskBlobs(Path(where))


def trouble(where: str) -> str:
    """Why an S3 store cannot be listed, in words that hold no secret and say what to do; empty when it can."""
    from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError

    from isocentre.adapters.blobs.s3 import S3Blobs

    # Tried for seconds here: a store in use is waited for much longer.
    brief = {"max_retries": 1, "retry_timeout": timedelta(seconds=5)}
    try:
        next(iter(S3Blobs(where, retry_config=brief).keys()), None)
    except ValueError as error:
        return f"ISOCENTRE_BLOBS: {error}"
    except (PermissionDeniedError, UnauthenticatedError):
        return "it refuses us: look at AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and at what that key may do"
    except BaseError as error:
        if "NoSuchBucket" in str(error):  # S3's own word in the answer; obstore has no error of that kind for a list
            return "there is no such bucket: make it, or name another in ISOCENTRE_BLOBS"
        return f"it does not answer ({type(error).__name__}): look at AWS_ENDPOINT_URL, AWS_REGION and AWS_ALLOW_HTTP"
    return ""
