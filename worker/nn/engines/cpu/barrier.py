"""Where the threads of a program wait for one another."""

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from worker.nn.engines.cpu.tile import compiled

PATIENCE = 2_000  # looks at the others before a waiting thread lets somebody else work


@intrinsic
def _arrive(context: Any, sync: Any) -> Any:
    """Count this thread as there. Returns how many were before."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        counter = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        return builder.atomic_rmw("add", counter, ir.IntType(64)(1), "seq_cst")

    return types.int64(sync), code


@intrinsic
def _arrived(context: Any, sync: Any) -> Any:
    """How many are there."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        counter = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        return builder.load_atomic(counter, "acquire", 8)

    return types.int64(sync), code


@intrinsic
def _let_others_work(context: Any) -> Any:
    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind = ir.FunctionType(ir.IntType(32), [])
        known = builder.module.globals.get("sched_yield")
        builder.call(known or ir.Function(builder.module, kind, "sched_yield"), [])
        return context.get_dummy_value()

    return types.void(), code


@compiled
def wait(sync, everybody):
    """Until so many have arrived."""
    _arrive(sync)
    looks = 0
    while _arrived(sync) < everybody:
        looks += 1
        if looks > PATIENCE:
            _let_others_work()
