"""Numbers in every form that libraries keep them: an answer or an error of ours, for every kind."""

import array
import collections
import decimal
import fractions
import importlib
import warnings

import numpy as np
import pytest

import kullback as kb
from kullback import families

P = [0.5, 0.25, 0.25]
ENTROPY = 1.0397207708399179
SURE = [1.0, 0.0, 0.0]

# What the name begins with is the module that is needed; "=" stands before what must be answered
# as the list P is, "0" before SURE, "!" before what must be refused, "?" before either.
FORMS = {
    "=numpy longdouble": lambda np: np.array(P, np.longdouble),
    "=numpy float16": lambda np: np.array(P, np.float16),
    "=numpy object": lambda np: np.array(P, object),
    "=numpy Decimal": lambda _: [decimal.Decimal(str(x)) for x in P],
    "=numpy Fraction": lambda _: [fractions.Fraction(x) for x in P],
    "=numpy other order": lambda np: np.array(P, ">f8"),
    "=numpy array.array": lambda _: array.array("d", P),
    "=numpy memoryview": lambda np: memoryview(np.array(P)),
    "=numpy deque": lambda _: collections.deque(P),
    "!numpy structured": lambda np: np.array([(0.5, 0.5)], [("a", "f8"), ("b", "f8")]),
    "!numpy record": lambda np: np.rec.array([(0.5, 0.5)], [("a", "f8"), ("b", "f8")]),
    "!numpy datetime": lambda np: np.array(["2020"], "M8[D]"),
    "!numpy timedelta": lambda np: np.array([1, 2], "m8[s]"),
    "!numpy str": lambda np: np.array(["0.5", "0.5"]),
    "!numpy bytes": lambda np: np.array([b"0.5", b"0.5"]),
    "!numpy complex": lambda np: np.array(P, complex),
    "!numpy masked": lambda np: np.ma.masked_array(P, [0, 0, 1]),
    "!numpy list of masked": lambda np: [np.ma.masked_array([0.5, 0.5], [0, 1])],
    "!numpy list with masked": lambda np: [0.5, np.ma.masked, 0.5],
    "!numpy None": lambda _: [0.5, None, 0.5],
    "!numpy signalling": lambda _: [decimal.Decimal("sNaN"), decimal.Decimal(1)],
    "!numpy huge": lambda _: [10**400, 1],
    "!numpy ragged": lambda _: [[0.5, 0.5], [1.0]],
    "!numpy generator": lambda _: (x for x in P),
    "!numpy values": lambda _: {"a": 0.5}.values(),
    "!numpy Counter": lambda _: collections.Counter("aab"),
    "!numpy object()": lambda _: object(),
    "!numpy module": lambda np: np,
    "0ml_dtypes bfloat16": lambda m: np.array(SURE).astype(m.bfloat16),
    "0ml_dtypes float8_e4m3fn": lambda m: np.array(SURE).astype(m.float8_e4m3fn),
    "0ml_dtypes float8_e5m2": lambda m: np.array(SURE).astype(m.float8_e5m2),
    "0ml_dtypes float4_e2m1fn": lambda m: np.array(SURE).astype(m.float4_e2m1fn),
    "0ml_dtypes int4": lambda m: np.array(SURE).astype(m.int4),
    "0jax.numpy float8_e4m3fn": lambda m: m.asarray(SURE).astype("float8_e4m3fn"),
    "0jax.numpy float8_e5m2": lambda m: m.asarray(SURE).astype("float8_e5m2"),
    "0jax.numpy float4_e2m1fn": lambda m: m.asarray(SURE).astype("float4_e2m1fn"),
    "0jax.numpy int4": lambda m: m.asarray(SURE).astype("int4"),
    "0jax.numpy bfloat16": lambda m: m.asarray(SURE).astype("bfloat16"),
    "0jax.numpy bool": lambda m: m.asarray(SURE).astype("bool"),
    "!jax.numpy complex": lambda m: m.asarray(P, dtype="complex64"),
    "!jax key": lambda jax: jax.random.key(0),
    "!jax shape": lambda jax: jax.ShapeDtypeStruct((3,), "float32"),
    "!jax deleted": lambda jax: _deleted(jax.numpy.asarray(P) + 0.0),
    "!jax.experimental.sparse BCOO": lambda m: m.BCOO.fromdense(np.array(P)),
    "!jax.experimental.sparse BCSR": lambda m: m.BCSR.fromdense(np.array([P, P])),
    "0torch bfloat16": lambda t: t.tensor(SURE, dtype=t.bfloat16),
    "0torch float8_e4m3fn": lambda t: t.tensor(SURE).to(t.float8_e4m3fn),
    "0torch float8_e5m2": lambda t: t.tensor(SURE).to(t.float8_e5m2),
    "0torch uint16": lambda t: t.tensor(SURE).to(t.uint16),
    "0torch uint64": lambda t: t.tensor(SURE).to(t.uint64),
    "=torch negative view": lambda t: t._neg_view(-t.tensor(P)),
    "=torch parameter": lambda t: t.nn.Parameter(t.tensor(P)),
    "!torch complex": lambda t: t.tensor(P, dtype=t.complex64),
    "!torch conjugate": lambda t: t.conj(t.tensor(P, dtype=t.complex64)),
    "!torch coo": lambda t: t.tensor(P).to_sparse(),
    "!torch csr": lambda t: t.tensor([P, P]).to_sparse_csr(),
    "!torch bsr": lambda t: t.tensor([P[:2], P[1:]]).to_sparse_bsr((2, 2)),
    "!torch mkldnn": lambda t: t.tensor([P]).to_mkldnn(),
    "!torch nested": lambda t: t.nested.nested_tensor([t.tensor(P), t.tensor([0.5, 0.5])]),
    "!torch jagged": lambda t: t.nested.nested_tensor(
        [t.tensor(P), t.tensor([0.5, 0.5])], layout=t.jagged
    ),
    "!torch meta": lambda t: t.tensor(P, device="meta"),
    "!torch quantized": lambda t: t.quantize_per_tensor(t.tensor(P), 0.25, 0, t.quint8),
    "!torch masked": lambda t: t.masked.masked_tensor(t.tensor(P), t.tensor([True, True, False])),
    "!torch list with gradients": lambda t: [t.tensor(0.5, requires_grad=True), t.tensor(0.5)],
    "!torch list of sparse": lambda t: [t.tensor(P).to_sparse()],
    "!torch list of meta": lambda t: [t.tensor(1.0, device="meta")],
    "!torch._subclasses fake": lambda m: m.FakeTensorMode().from_tensor(
        importlib.import_module("torch").tensor(P)
    ),
    "!scipy.sparse csr_matrix": lambda m: m.csr_matrix([P]),
    "!scipy.sparse coo_array": lambda m: m.coo_array(np.array(P)),
    "!scipy.sparse dok_array": lambda m: m.dok_array([P]),
    "=pandas Series": lambda pd: pd.Series(P),
    "=pandas nullable": lambda pd: pd.Series(P, dtype="Float64"),
    "=pandas sparse": lambda pd: pd.Series(pd.arrays.SparseArray(P)),
    "=pandas category": lambda pd: pd.Series(P).astype("category"),
    "=pandas object": lambda pd: pd.Series(P, dtype=object),
    "?pandas frame": lambda pd: pd.DataFrame([P, P], dtype="Float64"),
    "!pandas NA": lambda pd: pd.Series([0.5, None, 0.5], dtype="Float64"),
    "!pandas frame NA": lambda pd: pd.DataFrame([[0.5, None, 0.5]], dtype="Float64"),
    "!pandas list NA": lambda pd: [0.5, pd.NA, 0.5],
    "!pandas mixed": lambda pd: pd.DataFrame({"a": [0.5, 0.5], "b": ["x", "y"]}),
    "!pandas time": lambda pd: pd.Series(pd.to_datetime(["2020", "2021"])),
    "=polars Series": lambda pl: pl.Series(P),
    "=polars Decimal": lambda pl: pl.Series([decimal.Decimal(str(x)) for x in P]),
    "!polars null": lambda pl: pl.Series([0.5, None, 0.5]),
    "!polars list": lambda pl: pl.Series([[0.5, 0.5], [0.5, 0.5]]),
    "!polars lazy": lambda pl: pl.LazyFrame({"a": P}),
    "!polars expression": lambda pl: pl.col("a"),
    "?polars frame": lambda pl: pl.DataFrame({"a": [0.5, 0.5], "b": [0.5, 0.5]}),
    "=pyarrow array": lambda pa: pa.array(P),
    "=pyarrow chunked": lambda pa: pa.chunked_array([P[:1], P[1:]]),
    "!pyarrow null": lambda pa: pa.array([0.5, None, 0.5]),
    "!pyarrow str": lambda pa: pa.array(["a"]),
    "?pyarrow table": lambda pa: pa.table({"a": [0.5, 0.5], "b": [0.5, 0.5]}),
    "=xarray DataArray": lambda xr: xr.DataArray(P, dims="k"),
    "=xarray Variable": lambda xr: xr.Variable("k", P),
    "!xarray Dataset": lambda xr: xr.Dataset({"a": ("k", P)}),
    "=array_api_strict array": lambda xs: xs.asarray(P),
    "!array_api_strict complex": lambda xs: xs.asarray(P, dtype=xs.complex128),
}

KINDS = {
    "bare": lambda x: x,
    "Probs": kb.Probs,
    "trusted": lambda x: kb.Probs(x, check=False),
    "LogProbs": kb.LogProbs,
    "Logits": kb.Logits,
    "Labels": lambda x: kb.Labels(x, 3),
    "Counts": kb.Counts,
    "Joint": lambda x: kb.Joint(x, ["a"]),
    "Normal": lambda x: families.Normal(mean=0.0, std=x),
    "Dirichlet": lambda x: families.Dirichlet(concentration=x),
    "Binomial": lambda x: families.Binomial(trials=3, probability=x),
}
VERBS = {
    "entropy": kb.entropy,
    "kl": lambda p: kb.kl_divergence(p, p),
    "distance": lambda p: kb.jensen_shannon_distance(p, p),
    "beside a list": lambda p: kb.cross_entropy(P, p),
    "likelihood": lambda p: kb.log_likelihood([0, 1], p),
}


def _deleted(x):
    x.delete()
    return x


def made(form):
    """Return what a form makes, or skip where its library is not there."""
    module = form[1:].partition(" ")[0]
    library = pytest.importorskip(module)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of prototypes
        return FORMS[form](library)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("form", FORMS)
def test_every_kind_and_verb_answers_or_refuses(form):
    for kind in KINDS.values():
        for verb in VERBS.values():
            x = made(form)
            try:
                verb(kind(x))
            except kb.KullbackError:
                continue


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("form", FORMS)
def test_the_answer_is_that_of_the_numbers(form):
    if form[0] == "!":
        for kind in ("bare", "Probs", "Logits", "LogProbs"):
            with pytest.raises(kb.KullbackError):
                kb.entropy(KINDS[kind](made(form)))
        return
    if form[0] == "?":
        return
    value, logits = (ENTROPY, P) if form[0] == "=" else (0.0, SURE)
    assert float(kb.entropy(made(form))) == pytest.approx(value, rel=1e-6)
    expected = float(kb.entropy(kb.Logits(logits)))
    assert float(kb.entropy(kb.Logits(made(form)))) == pytest.approx(expected, rel=1e-6)


def test_integers_beyond_the_range_are_refused():
    torch = pytest.importorskip("torch")
    whole = torch.tensor([2**63 + 5, 1], dtype=torch.uint64)
    with pytest.raises(kb.KullbackError, match="uint64"):
        kb.Counts(whole)


def test_narrow_types_keep_gradients():
    jax = pytest.importorskip("jax")
    z = jax.numpy.asarray([1.0, 0.0]).astype("float8_e5m2")
    slope = jax.grad(lambda x: kb.entropy(kb.Logits(x)))(z)
    assert slope.dtype == z.dtype
    assert float(slope[0]) < 0.0 < float(slope[1])


@pytest.mark.parametrize("verb", ["entropy", "kl_divergence", "jensen_shannon_divergence"])
def test_who_says_check_false_is_trusted(verb):
    p = kb.Probs([0.5, 0.25], check=False)
    verb = getattr(kb, verb)
    got = verb(p) if verb is kb.entropy else verb(p, p)
    assert got == pytest.approx(
        0.75 * np.log(2.0) + 0.25 * np.log(2.0) if verb is kb.entropy else 0
    )
    with pytest.raises(kb.KullbackError, match=r"0\.75"):
        verb([0.5, 0.25]) if verb is kb.entropy else verb([0.5, 0.25], [0.5, 0.5])
    with pytest.raises(kb.KullbackError, match=r"q sums to 0\.75"):
        kb.kl_divergence(p, [0.5, 0.25])


def test_a_parameter_is_called_by_its_own_name():
    stats = pytest.importorskip("torch").distributions
    model = stats.Bernoulli(probs=2.0, validate_args=False)
    with pytest.raises(kb.KullbackError, match="probability"):
        kb.kl_divergence(families.Bernoulli(probability=0.5), model)
