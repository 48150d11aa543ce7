"""What passes by itself is tried again; what does not is never mistaken for it, nor the other way round."""

from itertools import islice

import pytest
from aiokafka.errors import KafkaConnectionError
from pymongo.errors import (
    AutoReconnect,
    BulkWriteError,
    DuplicateKeyError,
    ExecutionTimeout,
    NetworkTimeout,
    NotPrimaryError,
    OperationFailure,
    ServerSelectionTimeoutError,
    WriteError,
    WTimeoutError,
)

from services.chassis.mongo import StoreUnavailable, is_duplicate
from services.chassis.publishing import BrokerUnavailable, Unpublishable
from services.chassis.retrying import passes_by_itself, waits


def labelled(error: OperationFailure, label: str) -> OperationFailure:
    error._add_error_label(label)
    return error


@pytest.mark.parametrize(
    "error",
    [
        BrokerUnavailable(),
        KafkaConnectionError(),
        TimeoutError(),
        ConnectionResetError(),
        StoreUnavailable(),
        AutoReconnect(),
        NetworkTimeout(),
        NotPrimaryError(),
        ServerSelectionTimeoutError(),
        ExecutionTimeout("too long"),
        WTimeoutError("too long"),
        labelled(OperationFailure("conflict", 112), "TransientTransactionError"),
        labelled(OperationFailure("unknown"), "UnknownTransactionCommitResult"),
        labelled(BulkWriteError({"writeErrors": [{"code": 112}]}), "TransientTransactionError"),
        BulkWriteError({"writeErrors": [], "writeConcernErrors": [{"code": 64}]}),
        OperationFailure("not authorized", 13),
        OperationFailure("authentication failed", 18),
        OperationFailure("disk full", 14031),
    ],
)
def test_this_passes_by_itself(error: Exception) -> None:
    assert passes_by_itself(error)


@pytest.mark.parametrize(
    "error",
    [
        ValueError(),
        KeyError(),
        Unpublishable(),
        RecursionError(),
        DuplicateKeyError("E11000", 11000),
        WriteError("document failed validation", 121),
        BulkWriteError({"writeErrors": [{"code": 11000}], "writeConcernErrors": [{"code": 64}]}),
        OperationFailure("unknown operator", 2),
    ],
)
def test_this_does_not(error: Exception) -> None:
    assert not passes_by_itself(error)


def test_a_duplicate_is_one_only_where_nothing_else_went_wrong() -> None:
    assert is_duplicate(DuplicateKeyError("E11000", 11000))
    assert is_duplicate(BulkWriteError({"writeErrors": [{"code": 11000}, {"code": 11000}]}))
    assert not is_duplicate(BulkWriteError({"writeErrors": [{"code": 11000}, {"code": 121}]}))
    assert not is_duplicate(BulkWriteError({"writeErrors": []}))
    assert not is_duplicate(OperationFailure("other", 2))


def test_waits_grow_to_a_bound_and_differ_so_that_replicas_do_not_march_in_step() -> None:
    first, second = list(islice(waits(), 30)), list(islice(waits(), 30))
    assert first != second
    assert all(0.025 <= wait <= 5 for wait in first)
    assert first[0] <= 0.05
    assert min(first[-10:]) >= 2.5
