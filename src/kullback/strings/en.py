"""The English texts."""

from __future__ import annotations

STRINGS = {
    # Messages: what came and what was needed; the hint says what to do.
    "error.call.meant": (
        "{function}() got an unexpected keyword argument {got!r}, which is {meant}= here"
    ),
    "error.call.meant.hint": "The options are: {options}.",
    "error.call.unexpected": "{function}() got an unexpected keyword argument {got!r}",
    "error.call.unexpected.hint": "The options are: {options}.",
    "error.call.no_options": "{function}() got an unexpected keyword argument {got!r}",
    "error.call.no_options.hint": "It has no options: {call}.",
    "error.call.by_position": (
        "{function}() got {got!r} by name, and what it is of are positional arguments"
    ),
    "error.call.by_position.hint": "Write {call}.",
    "error.call.twice": "{function}() got {got!r} twice: by position and by name",
    "error.call.twice.hint": "Write {call}.",
    "error.call.many": ("too many positional arguments: {function}() takes {most} and got {came}"),
    "error.call.many.hint": "Write {call}; options have names.",
    "error.call.missing": "{function}() is missing a required argument: {got!r}",
    "error.call.missing.hint": "Write {call}.",
    "error.array.masked": "{name} is a masked array, and masked values have no meaning here",
    "error.array.masked.hint": "Choose one: {name}.compressed() or {name}.filled(value).",
    "error.storage.masked_tensor": "{name} is a masked tensor, and masked values mean nothing",
    "error.storage.masked_tensor.hint": "Give masked values a number: {name}.to_tensor(value).",
    "error.storage.sparse": "{name} is sparse, and the measures need every value",
    "error.storage.sparse.hint": "Make it dense first: such as {name}.to_dense() or .toarray().",
    "error.storage.jagged": "{name} is a nested tensor, whose rows may have different lengths",
    "error.storage.jagged.hint": (
        "Pad it: {name}.to_padded_tensor(value), with 0 for probabilities and -inf for logits."
    ),
    "error.storage.quantized": "{name} is quantized, and so not the numbers that it stands for",
    "error.storage.quantized.hint": "Pass {name}.dequantize().",
    "error.storage.no_values": "{name} has a shape but no values: it is meta, fake or deleted",
    "error.storage.no_values.hint": "Pass an array on a device that holds its numbers.",
    "error.array.unreadable": "{name} ({kind}) cannot be read as an array: {reason}",
    "error.array.unreadable.hint": (
        "Pass one array of numbers; make one of a list of tensors by torch.stack."
    ),
    "error.array.set": "{name} is a set, which loses repeated values and their order",
    "error.array.set.hint": "Pass a list or an array.",
    "error.array.dict": "{name} is a dict, whose order another dict need not share",
    "error.array.dict.hint": "Pass the values in a fixed order: [d[key] for key in outcomes].",
    "error.array.str": "{name} is a string, not an array of numbers",
    "error.array.str.hint": "Pass a list or an array of numbers.",
    "error.array.none": "{name} is None, not an array of numbers",
    "error.array.none.hint": "Pass a list or an array of numbers.",
    "error.array.ragged": "{name} has rows of different lengths",
    "error.array.ragged.hint": "Give every row one value per outcome, 0 for what cannot happen.",
    "error.array.mixed": "the arrays are of several libraries: {kinds}",
    "error.array.mixed.hint": "Convert them to one library first.",
    "error.array.missing": "{name}[{place}] is missing",
    "error.array.missing.hint": "Drop the rows without a value, or put one there.",
    "error.array.not_numeric": "{name} holds {dtype}, not real numbers",
    "error.array.not_numeric.hint": "Pass real numbers, in an array or a list.",
    "error.array.no_axis": "a single number is no distribution",
    "error.array.no_axis.hint": "Pass one value per outcome, such as [p, 1 - p].",
    "error.array.axis": "there is no axis {axis}: the array has {ndim} axes",
    "error.array.axis.hint": "Name the axis that the outcomes are on, counting from 0.",
    "error.array.empty": "there are no values",
    "error.array.empty.hint": "Pass one value per outcome.",
    "error.probs.sum_short": "{name} sums to {total}, not 1 ({gap} short)",
    "error.probs.sum_short.hint": (
        "If these are counts, wrap them in Counts; if scores, in Logits; if labels, in Labels. "
        "If an outcome is missing, add it. Nothing is normalised for you: p / p.sum() if that is "
        "what you mean."
    ),
    "error.probs.sum_short.hint.cli": (
        "If these are counts add --counts. If an outcome is missing, add it."
    ),
    "error.probs.sum_over": "{name} sums to {total}, not 1 ({gap} over)",
    "error.probs.sum_over.hint": (
        "If these are counts, wrap them in Counts; if scores, in Logits; if labels, in Labels. "
        "Nothing is normalised for you: p / p.sum() if that is what you mean."
    ),
    "error.probs.sum_over.hint.cli": "If these are counts add --counts.",
    "error.probs.negative": "{name}[{place}] is {value}; a probability cannot be negative",
    "error.probs.negative.hint": "For scores or log-probabilities use Logits or LogProbs.",
    "error.probs.negative.hint.cli": "Correct the value; values are numbered from 0.",
    "error.probs.nan": "{name}[{place}] is NaN, not a probability",
    "error.probs.nan.hint": "Find where the NaN comes from; nothing is dropped for you.",
    "error.event.range": "p[{place}] is {value}, which is not between 0 and 1",
    "error.event.range.hint": "Self-information without x takes probabilities of events.",
    "error.log_probs.above": "log_p[{place}] is {value}; a log-probability is at most 0",
    "error.log_probs.above.hint": (
        "For probabilities use Probs, for scores that are not normalised Logits."
    ),
    "error.logits.not_finite": "z[{place}] is {value}; a logit is finite, or -inf",
    "error.logits.not_finite.hint": "Find where it comes from; -inf masks an outcome.",
    "error.logits.all_masked": "{name} masks every outcome with -inf",
    "error.logits.all_masked.hint": "Leave at least one outcome possible.",
    "error.labels.not_integers": "{name} holds {dtype}, where outcomes are numbered by integers",
    "error.labels.not_integers.hint": "Number the outcomes from 0.",
    "error.labels.batch": "{name} has the shape {got}, and the tables a batch of shape {needed}",
    "error.labels.batch.hint": (
        "Outcomes are numbers from 0 on, one for each row: of one-hot rows take x.argmax(-1)."
    ),
    "error.labels.range": "{name}[{place}] is {value}, which is not an outcome (0 to {last})",
    "error.labels.range.hint": "Number the outcomes from 0, and drop rows without one first.",
    "error.counts.not_whole": "{name}[{place}] is {value}; a count is 0, 1, 2, ...",
    "error.counts.not_whole.hint": "For probabilities use Probs.",
    "error.counts.not_whole.hint.cli": "For probabilities leave out --counts.",
    "error.counts.empty": "the counts are all 0: nothing was observed",
    "error.counts.empty.hint": "Count at least one observation.",
    "error.counts.alphabet": "num_outcomes is {known}, but {given} outcomes are counted",
    "error.counts.alphabet.hint": "num_outcomes includes the outcomes that were never seen.",
    "error.counts.batch": "counts of shape {shape} are more than one sample",
    "error.counts.batch.hint": "Pass one row of counts at a time.",
    "error.samples.none": "there are no columns",
    "error.samples.none.hint": "Samples(x), Samples(x=..., y=...) or Samples(dataframe).",
    "error.samples.lengths": "the columns differ in length ({lengths})",
    "error.samples.lengths.hint": "Every column has one value per draw.",
    "error.samples.shape": "column {name!r} has shape {shape}; a column is one-dimensional",
    "error.samples.shape.hint": "Pass one column per variable: Samples(x=a[:, 0], y=a[:, 1]).",
    "error.samples.repeated": "the name {name!r} belongs to more than one column",
    "error.samples.repeated.hint": "Give every column a name of its own.",
    "error.samples.index": "columns {one!r} and {other!r} label their rows differently",
    "error.samples.index.hint": (
        "Join them first, or pass bare arrays, such as x.to_numpy(), if their order is meant."
    ),
    "error.samples.frame": "columns cannot be read from {kind}: {problem}",
    "error.samples.frame.hint": "Pass a mapping of names to arrays, or Samples(x=..., y=...).",
    "error.samples.unreadable": "column {name!r} of type {type} cannot be read: {problem}",
    "error.samples.unreadable.hint": "Convert it to numbers or texts first.",
    "error.samples.nanoseconds": (
        "column {name!r} of type {type} has times that Python cannot hold to the last digit"
    ),
    "error.samples.nanoseconds.hint": "Cast it to integers or to microseconds first.",
    "error.samples.unhashable": "column {name!r} holds a {kind}, and such cannot be told apart",
    "error.samples.unhashable.hint": "Turn the values into texts, numbers or tuples of them.",
    "error.samples.nested": "column {name!r} is a list of sequences",
    "error.samples.nested.hint": (
        "Pass one column per variable: Samples(x=..., y=...). Where each is one outcome pass an "
        "array of objects, or a column of lists."
    ),
    "error.samples.unknown": "there is no column {name!r}",
    "error.samples.unknown.hint": "The columns are: {names}.",
    "error.samples.several": "these samples have several columns ({names}), where one is needed",
    "error.samples.several.hint": "Choose one: samples.only([name]).",
    "error.samples.not_discrete": "column {name!r} holds numbers, not labels",
    "error.samples.not_discrete.hint": (
        "If its values are labels say so with discrete=True. Estimators for continuous data are "
        "not part of this version."
    ),
    "error.samples.batch": "the model is a batch of shape {shape}, where one is needed",
    "error.samples.batch.hint": (
        "Samples are draws of one law. For one model per row use Labels(y, num_outcomes)."
    ),
    "error.joint.names": "the table has {axes} axes, but the names are: {names}",
    "error.joint.names.hint": "Give one name per axis, in order.",
    "error.joint.repeated": "a name is repeated: {names}",
    "error.joint.repeated.hint": "Give every variable a name of its own.",
    "error.joint.unknown": "there is no variable {name!r}",
    "error.joint.unknown.hint": "The variables are: {names}.",
    "error.joint.twice": "variable {name!r} is named twice",
    "error.joint.twice.hint": (
        "What is asked about and what is given have no variable in common. I(X; X) is the entropy "
        "of X."
    ),
    "error.joint.bare": "the variables of {kind} have no names",
    "error.joint.bare.hint": (
        "Say what it holds: Joint(p, names) for probabilities, Counts(n) for a contingency table, "
        "Samples(x=..., y=...) for data."
    ),
    "error.joint.which": "{verb} is of two variables, and there are {count}: {names}",
    "error.joint.which.hint": "Name them: {verb}(joint, x, y). A tuple of names counts as one.",
    "error.joint.side": "{verb} needs a variable on either side",
    "error.joint.side.hint": "Name both: {verb}(joint, x, y).",
    "error.joint.few": "{verb} is of at least {least} variables, and got: {names}",
    "error.joint.few.hint": "Name more, or none for all.",
    "error.normalizer.unknown": "{got} is no normalizer",
    "error.normalizer.unknown.hint": "The normalizers are: {known}.",
    "error.pair.length": "p has {p} outcomes but q has {q}",
    "error.pair.length.hint": "Both need one value per outcome, in the same order.",
    "error.pair.batch": "p has shape {p} but q has {q}: their batches do not fit",
    "error.pair.batch.hint": "Leading axes must be equal, or 1 to be repeated.",
    "error.channel.shape": "the channel has shape {shape}; a channel is one table of two axes",
    "error.channel.shape.hint": "Give one row per input and one column per output.",
    "error.channel.gap": (
        "the capacity is between {lower} and {upper} {unit}; after {iterations} steps these "
        "bounds are {gap} apart, more than the tolerance"
    ),
    "error.channel.gap.hint": (
        "Pass a larger tolerance=, which rounding bounds by about 1e-13 of the capacity, or a "
        "larger max_iterations=."
    ),
    "error.channel.tolerance": "the tolerance must be above 0, not {got}",
    "error.channel.tolerance.hint": "Rounding leaves about 1e-13 of the capacity.",
    "error.family.parameter": "{family}: {name} must be {needed}, not {got}",
    "error.family.parameter.hint": "The family's docstring says what each parameter means.",
    "error.family.axes": "{name} needs at least {axes} axes for one law; its shape is {shape}",
    "error.family.axes.hint": (
        "Put the coordinates of one law on the last axes, and a batch before them."
    ),
    "error.family.traced": (
        "{family}: inside jit it cannot be seen whether {name} of both laws agree"
    ),
    "error.family.traced.hint": "Call it outside of jit and torch.compile.",
    "error.family.broadcast": "the parameters' shapes do not broadcast: {shapes}",
    "error.family.broadcast.hint": "Give single numbers, or arrays whose shapes broadcast.",
    "error.family.batch": "p is a batch of laws of shape {p} and q one of {q}: no broadcast",
    "error.family.batch.hint": "Batches broadcast as arrays do.",
    "error.family.event": "one draw has the shape {needed}; the shape of x is {got}",
    "error.family.event.hint": "Put the coordinates of a draw on the last axis.",
    "error.family.dimensions": "one draw of p has the shape {p} and one of q the shape {q}",
    "error.family.dimensions.hint": "Both laws must be of the same number of coordinates.",
    "error.family.form": "{family} takes one form of its parameters: {forms}; it was given {got}",
    "error.family.form.hint": "Give all parameters of exactly one of these forms.",
    "error.family.cholesky": "{name}[{place}] is {got}: no Cholesky factor",
    "error.family.cholesky.hint": (
        "It is lower triangular with a positive diagonal; give a covariance by its own name."
    ),
    "error.family.size": "{name} has shape {shape}, which does not fit a law of {size} coordinates",
    "error.family.size.hint": (
        "The mean has d numbers, a covariance d by d, std d, and a factor d by k."
    ),
    "error.family.symmetric": "{name} is not symmetric: [{place}] is {got}, but mirrored {other}",
    "error.family.symmetric.hint": "Average it with its transpose: (a + a.T) / 2.",
    "error.family.definite": (
        "{name} is not positive definite: its smallest eigenvalue is {smallest}"
    ),
    "error.family.definite.hint": (
        "A covariance of fewer samples than coordinates never is: give std and a factor instead."
    ),
    "error.multinomial.trials": "the entropy of a multinomial of {got} trials has too many terms",
    "error.multinomial.trials.hint": "Ask for fewer laws at once, or for its divergences.",
    "error.wishart.degrees": "Wishart: degrees must be above {least}, not {got}",
    "error.wishart.degrees.hint": "A matrix of d rows needs more than d - 1 degrees of freedom.",
    "error.family.vector": "{family} is a law of vectors, which have no quantiles",
    "error.family.vector.hint": "Ask for its density, or draw from it.",
    "unseen.probability": (
        "{share} of the probability of {law} was not found, or its density does not integrate to 1"
    ),
    "unseen.underflow": (
        "the density of {law} underflows to 0 where the other distribution has probability"
    ),
    "infinite.kinds": "one law is discrete and the other is not",
    "infinite.apart": (
        "the laws have nothing in common: what one allows is impossible under the other"
    ),
    "infinite.support": "q gives no probability to some of what p allows",
    "infinite.tail": "the integral diverges: q falls too fast for the tail of p",
    "infinite.moment": "the integral of the power of the density diverges",
    "infinite.at_zero": "p gives no probability to some of what q allows",
    "infinite.unbounded": "the density, or the ratio p/q, has no bound",
    "infinite.large": "the value is larger than any float",
    "error.ladder.samples": (
        "{verb} of {kinds} has no closed form, and several dimensions are not integrated"
    ),
    "error.ladder.samples.hint": (
        "Pass samples=100_000, and rng= to repeat them: the answer is then an estimate."
    ),
    "error.ladder.draws": "samples must be a whole number of at least 2, not {got}",
    "error.ladder.draws.hint": "The standard error of a mean falls with the root of their number.",
    "error.ladder.exact": "{verb} of laws on the line is exact and needs no samples",
    "error.ladder.exact.hint": "Leave out samples= and rng=.",
    "error.family.law": "{got} is no law of a family",
    "error.family.law.hint": "Pass a family, or a distribution of SciPy, PyTorch or NumPyro.",
    "error.mixture.weights": "there are {components} components and {weights} weights",
    "error.mixture.weights.hint": "Give one probability for each component, on the last axis.",
    "error.mixture.components": (
        "these are not all discrete, or all continuous, in as many dimensions: {components}"
    ),
    "error.mixture.components.hint": "Mix laws of the same kind of outcome.",
    "error.truncated.empty": "nothing of {law} is left between low{place} and high{place}",
    "error.truncated.empty.hint": "low must be below high, and one of them inside the support.",
    "error.truncated.integers": "bounds are moved to integers, and {law} has other outcomes",
    "error.truncated.integers.hint": "Truncate the law first, and shift it then.",
    "error.truncated.far": (
        "{law} beyond {at} is so far out in its tail that its density there has no digits"
    ),
    "error.truncated.far.hint": "Truncate nearer, or use the law of its tail: often Exponential.",
    "error.truncated.inexact": (
        "the integral of {law} from {low} to {high} may be off by a share of {error}"
    ),
    "error.truncated.inexact.hint": (
        "Shift the law so that what is narrow is near 0, where numbers have more digits."
    ),
    "error.truncated.vector": "{law} is a law of vectors, which has no two ends to cut off",
    "error.truncated.vector.hint": "Truncate the factors of a Product.",
    "error.truncated.traced": "inside jit a truncated {law} cannot be normalised",
    "error.truncated.traced.hint": (
        "Call it outside of jit, vmap and torch.compile; Normal works inside."
    ),
    "error.affine.integers": "{law} is a law on the integers, and this map stretches them",
    "error.affine.integers.hint": "Give a scale of 1 or -1; stretch listed outcomes themselves.",
    "error.product.empty": "a product needs at least one law",
    "error.product.empty.hint": "Pass the law of each coordinate: Product(p, q).",
    "error.independent.single": "this {law} is a single law, without an axis of coordinates",
    "error.independent.single.hint": "Give its parameters one value for each coordinate.",
    "error.foreign.kind": "{kind} is not among the distributions that can be taken over",
    "error.foreign.kind.hint": "Its density is needed: use a distribution with log_prob or logpdf.",
    "error.foreign.failed": "{kind} of the other library does not tell its density: {error}",
    "error.foreign.failed.hint": (
        "Ask the other library for log_prob of a draw; a family of kullback may take its place."
    ),
    "error.foreign.shape": (
        "log_prob of {kind} answers two draws with the shape {got}, where {needed} is needed"
    ),
    "error.foreign.shape.hint": "The other library is at odds with its own batch_shape.",
    "error.foreign.masked": "{kind} leaves out part of the density, and is no distribution",
    "error.foreign.masked.hint": "Take its base_dist, and the rows that are kept.",
    "error.foreign.improper": "{kind} is not normalised, and is no distribution",
    "error.foreign.improper.hint": "Use a distribution whose density integrates to 1.",
    "error.foreign.censored": "{kind} is the likelihood of censored data, and no distribution",
    "error.foreign.censored.hint": "Take its base_dist.",
    "error.foreign.points": "{kind} is sure of one vector, which has no density beside others",
    "error.foreign.points.hint": "Ask for log_prob of that vector: log_likelihood(x, q).",
    "error.foreign.mixed": "{kind} has both a density and a point of positive probability",
    "error.foreign.mixed.hint": (
        "Compare the probability of the point and the rest apart: their divergences add up, "
        "the second times its probability."
    ),
    "error.image.line": "{law} has no density on the line, and only such a law can be transformed",
    "error.image.line.hint": "A law on the integers can be shifted and turned round, by `Affine`.",
    "error.image.moments": "the mean and variance of {law} have no closed form",
    "error.image.moments.hint": "Average draws: law.sample(n).",
    "error.foreign.parameters": "the parameters of {kind} are missing or outside their range",
    "error.foreign.parameters.hint": "Its own library answers NaN for them, or nothing.",
    "error.foreign.slope": "{kind} has no density but the slope of its distribution function",
    "error.foreign.slope.hint": "Define _pdf or _logpdf: a measured slope has too few digits.",
    "error.foreign.slow": (
        "{kind} takes {pace} ms for one point of its density: after {limit} s there were too few"
    ),
    "error.foreign.slow.hint": "Draw from it, and estimate: kb.entropy(kb.Samples(law.rvs(1000))).",
    "error.ladder.error": "{verb} did not settle: {value} was found, which may be off by {error}",
    "error.ladder.error.hint": (
        "It may be infinite. kb.method_for says more about this number without refusing it."
    ),
    "error.ladder.ratio": "f counts here where the ratio p/q leaves the range of floats",
    "error.ladder.ratio.hint": (
        "Pass value_at_zero= and slope_at_infinity= where they are finite, or take the measure "
        "itself: kl_divergence, renyi_divergence and chi_squared_divergence hold any ratio."
    ),
    "error.ladder.tails": "the tails of these laws are known to first order only, and that cancels",
    "error.ladder.tails.hint": "Take a large finite order instead of infinity.",
    "error.ladder.vast": "parameters near the largest float are beyond what can be integrated",
    "error.ladder.vast.hint": "Measure x in a larger unit: divide all parameters by one number.",
    "error.ladder.traced": "this pair has no closed form, and inside jit nothing can be integrated",
    "error.ladder.traced.hint": "Call it outside of jit, vmap and torch.compile.",
    "error.ladder.gradient": "the gradient of this {verb} is not known; its value alone is",
    "error.ladder.gradient.hint": (
        "Ask for the value with parameters that need no gradient: .detach() in PyTorch, "
        "jax.lax.stop_gradient in JAX."
    ),
    "error.ladder.second": "this gradient cannot be differentiated again",
    "error.ladder.second.hint": (
        "Total variation, orders of infinity, and weights of mixtures that are 0 have first "
        "derivatives only: take differences of gradients."
    ),
    "error.special.gradient": "{library} has no derivative of the special function {name}",
    "error.special.gradient.hint": (
        "Ask for the value with parameters that need no gradient: .detach() in PyTorch, "
        "jax.lax.stop_gradient in JAX."
    ),
    "error.rng.kind": "rng is {got}",
    "error.rng.kind.hint": "Pass a seed, a numpy.random.Generator or a key of JAX.",
    "error.project.law": "{kind} is no single law of a family, which projections are of",
    "error.project.law.hint": (
        "Pass one law, such as Mixture(components=..., weights=...), not a batch or a table."
    ),
    "error.project.direction": 'a direction is "forward" or "reverse", not {got}',
    "error.project.direction.hint": "Forward minimises D(p || q), and reverse D(q || p).",
    "error.project.starts": "there must be at least one start, not {got}",
    "error.project.starts.hint": "20 find the optima of most mixtures of a few laws.",
    "error.method.verb": "how {got} comes to its number is not told",
    "error.method.verb.hint": "Ask about one of {verbs}.",
    "error.family.argument_meant": "{family} has no parameter {got}, which is {meant}= here",
    "error.family.argument_meant.hint": "Its parameters are {names}.",
    "error.family.argument_converted": "{family} has no parameter {got}; here it takes {how}",
    "error.family.argument_converted.hint": "Its parameters are {names}.",
    "error.family.argument": "{family} has no parameter {got}",
    "error.family.argument.hint": "Its parameters are {names}.",
    "error.project.infinite": "no {family} law is at a finite divergence from {law}: {reason}",
    "error.project.infinite.hint": (
        "That is so of every member. Project onto a family whose tails are as heavy, such as "
        "StudentT with degrees fixed, or truncate the law."
    ),
    "error.project.swapped": "the class {got} stands where the law p is needed",
    "error.project.swapped.hint": "Call project(p, {got}): first the law, then the family.",
    "error.project.none": "no {family} law was found that is closest at a finite divergence",
    "error.project.none.hint": (
        "Supports or tails may not fit: forward, q must allow all that p does; in reverse, p must "
        "allow all that q does."
    ),
    "error.project.mass": "the mass of {law} was found to be {total} where it must be 1",
    "error.project.mass.hint": (
        "It stands at places too far apart, or in peaks too narrow, to be found; project its parts."
    ),
    "error.project.variables": (
        "laws of several variables are projected forward, and onto MultivariateNormal"
    ),
    "error.project.variables.hint": "Project laws on the line, or one variable at a time.",
    "error.bayes.unknown": (
        "{family} has the parameters {names}, and of these all but one must be fixed, not: {given}"
    ),
    "error.bayes.unknown.hint": (
        "Name the known ones, such as fixed=dict(trials=10) or fixed=dict(std=2.0)."
    ),
    "error.bayes.pair": "{prior} is no conjugate prior of the parameter {unknown} of {family}",
    "error.bayes.pair.hint": (
        "Beta for a probability, Gamma for a rate, Normal for a mean, Dirichlet for the kind Probs."
    ),
    "error.bayes.prior": "prior is {got}, and no law of one variable",
    "error.bayes.prior.hint": "Pass a law, such as Beta(alpha=1.0, beta=1.0).",
    "error.bayes.unsettled": (
        "the information gained from {family} does not settle as its integrals are refined"
    ),
    "error.bayes.unsettled.hint": "Use a prior that is conjugate, smoother or narrower.",
    "error.bayes.edge": "data[{row}] is {value}, where {family} has no density",
    "error.bayes.edge.hint": "Leave the row out if it is an error, or choose another family.",
    "error.transition.shape": "transition has shape {shape}; its last two axes must be equal",
    "error.transition.shape.hint": "Give each of the K states a row of K probabilities.",
    "error.transition.classes": (
        "{name} has {classes} recurrent classes: its rate depends on where the chain starts"
    ),
    "error.transition.classes.hint": "Pass initial=, the law of the first state.",
    "error.transition.initial": "initial has {initial} states but transition has {states}",
    "error.transition.initial.hint": "Both need the same states, in the same order.",
    "error.lags.invalid": "{name} must be positive whole numbers of steps, each once",
    "error.lags.invalid.hint": "Pass a number L for the steps 1 to L, or the steps themselves.",
    "error.lags.long": "a lag of {longest} leaves no window in a series of {steps} steps",
    "error.lags.long.hint": "Pass a longer series or shorter lags.",
    "error.order.range": "an order is a number from 0 to inf, not {got}",
    "error.order.range.hint": "Order 1 is Shannon's; math.inf is allowed.",
    "error.f_divergence.at_zero": "q > 0 = p for some outcome, where f(0) is asked for and is NaN",
    "error.f_divergence.at_zero.hint": "Pass its limit: value_at_zero=0 for t log t.",
    "error.f_divergence.slope": "p > 0 = q for some outcome, where f's slope at infinity counts",
    "error.f_divergence.slope.hint": (
        "Pass slope_at_infinity=, the limit of f(t)/t: math.inf for t log t, 0.5 for |t - 1|/2."
    ),
    "error.bound.negative": "{name} is {value}; a divergence is at least 0",
    "error.bound.negative.hint": "Pass what kl_divergence(p, q) returns, and its unit.",
    "error.mixture.share": "{name} is a share, a number from 0 to 1, not {got}",
    "error.mixture.share.hint": (
        "weight is the share of p in the mixture; skew is the share of the other side in each."
    ),
    "error.unit.unknown": "{got} is not a unit",
    "error.unit.unknown.hint": "The units are: {known}.",
    "error.estimate.level": "a level or a rate is between 0 and 1, not {got}",
    "error.estimate.level.hint": "For 95 % pass 0.95, for 5 % pass 0.05.",
    "error.estimate.no_error": "{method} gives no standard error here ({why})",
    "error.estimate.no_error.hint": "There is no honest interval; take more samples.",
    "error.estimate.no_unit": "this estimate ({method}) has no unit",
    "error.estimate.no_unit.hint": "A perplexity is a number of outcomes in every unit.",
    "error.estimator.data": "there is no estimator for {kind}",
    "error.estimator.data.hint": "Estimators take Counts or Samples.",
    "error.estimator.kind": "the estimator is {got}, which is none",
    "error.estimator.kind.hint": "Pass an instance, such as estimator=kb.estimators.PlugIn().",
    "error.permutation.draws": "the permutation test needs at least one draw, not {got}",
    "error.permutation.draws.hint": "2000 draws resolve p-values down to 0.0005.",
    "error.fingerprint.invalid": "a fingerprint is three equally long vectors of counts, not {got}",
    "error.fingerprint.invalid.hint": "Pass old counts, new counts and how many values have them.",
    "error.fingerprint.empty": "one of the two samples has no rows",
    "error.fingerprint.empty.hint": "Compare samples that both have rows.",
    "error.compare.path": "compare reads files, and got {kind}",
    "error.compare.path.hint": "Write the table to a file first, such as df.to_parquet(path).",
    "error.compare.seed": "a seed is 0, 1, 2, ..., not {got}",
    "error.compare.seed.hint": "Pass a nonnegative integer, or a numpy.random.Generator.",
    "error.verb.swapped": "{verb} takes samples first, as a plain array, and {got} came there",
    "error.verb.swapped.hint": "Call {verb}({names}).",
    "error.operand.class": "{name} is the class {got}, and not a law of it",
    "error.operand.class.hint": "Give its parameters: {got}(...).",
    "error.verb.axis": "axis={axis} has no bare array to apply to: the operands say what they are",
    "error.verb.axis.hint": "Give it to the kind: Probs(p, axis={axis}).",
    "error.pair.axes": "{p} has the axes {p_axes} and {q} has {q_axes}, which are not the same",
    "error.pair.axes.hint": "Order them alike, as {q}.transpose(*{p}.dims) does; outcomes last.",
    "error.pair.index": "{p} and {q} are labelled differently: their indexes are not equal",
    "error.pair.index.hint": "Align them first, such as {q}.reindex({p}.index, fill_value=0).",
    "error.explain.names": "{names} names were given for {outcomes} outcomes",
    "error.explain.names.hint": "Name every outcome once, in order.",
    "error.explain.kind": "{name} is of the kind {kind}, which has no table of probabilities",
    "error.explain.kind.hint": "For counts pass Counts(n).proportions.",
    "error.explain.batch": "{name} has shape {shape}; one distribution is explained at a time",
    "error.explain.batch.hint": "Pass one row.",
    "error.verb.none": "{got} is not a verb, so it has no rules",
    "error.verb.none.hint": "Verbs are made with @verb, such as entropy and kl_divergence.",
    "error.verb.kinds": "{verb} takes {needed} operands, but the rule names {got} kinds",
    "error.verb.kinds.hint": "Name one kind per operand.",
    "error.verb.ambiguous": "for {verb}, ({new}) and ({old}) would match the same operands",
    "error.verb.ambiguous.hint": "First register a rule for the pair that both match.",
    "error.verb.option": "{verb} of {kinds} has no use for {option}=",
    "error.verb.option.hint": (
        'Leave {option} out: it is for other kinds. Options are given by name: unit="bits".'
    ),
    "error.verb.operands": "{verb} chooses its kernel by {needed} operand(s), but {got} came",
    "error.verb.operands.hint": "Call kernel_for(verb, *operands) as the verb itself is called.",
    "error.verb.no_kernel": "{verb} of {kinds} runs no kernel",
    "error.verb.no_kernel.hint": "rule_for(verb, *kinds) returns the rule that answers.",
    "error.verb.no_rule": "{verb} has no rule for {kinds}",
    "error.verb.no_rule.hint": "Counts(n).proportions are probabilities; @rule adds a rule.",
    # explain and `kullback measure`
    "explain.entropy": "of at most {most}",
    "explain.perplexity": "as uncertain as {count} equally likely outcomes",
    "explain.cross_entropy": "= H(p) + KL(p‖q)",
    "explain.kl": "extra {unit} per outcome if p is coded as if it were q",
    "explain.js": "their mean divergence from the mixture, at most {most}",
    "explain.infinite": "{model} gives probability 0 to what {truth} allows: {outcomes}",
    "explain.outcome": "outcome",
    "explain.p": "p",
    "explain.q": "q",
    "explain.surprise": "surprise",
    "explain.share": "share of KL(p‖q)",
    "explain.more": "… and {more} more outcomes",
    "explain.chart": "p and q",
    # `kullback compare`
    "compare.title": "{old} {n_old} rows · {new} {n_new} rows · {shared} columns compared · {unit}",
    "compare.column": "column",
    "compare.treatment": "as",
    "compare.js": "JS",
    "compare.interval": "{level} % interval",
    "compare.floor": "noise floor",
    "compare.p": "p-value",
    "compare.change": "what changed most",
    "compare.h_old": "H(old)",
    "compare.h_new": "H(new)",
    "compare.kl_new_old": "KL(new‖old)",
    "compare.kl_old_new": "KL(old‖new)",
    "compare.psi": "PSI",
    "compare.raw": "JS raw",
    "compare.distance": "JS distance",
    "compare.p_adjusted": "p adjusted",
    "compare.legend": (
        "{changed} of {compared} columns changed "
        "(Benjamini-Hochberg, {rate} % false discoveries).\n"
        "JS: Jensen-Shannon divergence, corrected for sampling bias; 0 where that takes it "
        "below.\nNoise floor: what JS raw shows on average between two samples of these sizes "
        "from one source,\nby {draws} permutations, which also give the p-value."
    ),
    "compare.jeffreys": "In brackets beside ∞: with Jeffreys' prior, 1/2 added to every count.",
    "compare.psi_unit": "The customary limits of PSI, 0.1 and 0.25, are in nats (--unit nats).",
    "compare.new_values": (
        "never seen in the old file: {top} (values: {count}, rows: {rows}), so KL(new‖old) is ∞"
    ),
    "compare.gone_values": (
        "never seen in the new file: {top} (values: {count}, rows: {rows}), so KL(old‖new) is ∞"
    ),
    "compare.only_in": "only in {file}: {names}",
    "compare.bins": "in bins ({bins})",
    "compare.values": "by value ({values})",
    "compare.noise": "within sampling noise",
    "compare.appeared": "{name}: 0 → {rows} rows",
    "compare.vanished": "{name}: {rows} → 0 rows",
    "compare.null": "missing",
    "compare.nan": "NaN",
    "compare.kind.text": "text",
    "compare.kind.boolean": "boolean",
    "compare.kind.integer": "integer",
    "compare.kind.float": "float",
    "compare.kind.time": "time",
    "compare.kind.other": "other",
    "compare.kind.mixed": "mixed",
    "compare.kind.empty": "empty",
    "compare.note.not_identified": (
        "too few rows, or too few values that repeat, to tell how far apart the files are"
    ),
    # The command line
    "error.cli.not_numbers": "{option} {got!r} is neither numbers nor a file",
    "error.cli.not_numbers.hint": (
        "Write numbers separated by commas ({option} 0.5,0.3,0.2), name a file that holds them, "
        "or use - for standard input."
    ),
    "error.cli.holds_text": "{option}: {file} holds {first!r}, where numbers were needed",
    "error.cli.holds_text.hint": "Separate numbers by commas, spaces or line ends; no header.",
    "error.cli.no_values": "{option}: {got} holds no numbers",
    "error.cli.no_values.hint": "Separate numbers by commas, spaces or line ends.",
    "error.cli.decimal_comma": "{option} {got} has the values {values}, which sum to {total}",
    "error.cli.decimal_comma.hint": "A decimal comma? Write 0.5; commas separate values.",
    "error.cli.length": "--p has {p} values but --q has {q}",
    "error.cli.length.hint": (
        "Both need one value per outcome, in the same order, 0 for what cannot happen."
    ),
    "error.cli.labels": "--labels has {labels} names for {outcomes} values",
    "error.cli.labels.hint": "Name every outcome once, separated by commas.",
    "error.cli.threshold": "--fail-above {got}: no such threshold",
    "error.cli.threshold.hint": (
        "Write MEASURE=VALUE with one of {known}, which have intervals to judge by."
    ),
    "error.cli.encoding": "this terminal's encoding ({encoding}) lacks symbols of the output",
    "error.cli.encoding.hint": "Set PYTHONIOENCODING=utf-8, or add --ascii to English output.",
    "error.cli.stdin_twice": "--p and --q cannot both be standard input",
    "error.cli.stdin_twice.hint": "Put one of them in a file.",
    "error.cli.write": "the output could not be written ({problem})",
    "error.cli.write.hint": "Free some space, or write it elsewhere.",
    "error.cli.write_file": "{path} could not be written ({problem})",
    "error.cli.write_file.hint": "Name a file in a folder that exists and may be written to.",
    "error.cli.no_names": "{option} is empty",
    "error.cli.no_names.hint": "Give names separated by commas, or leave {option} out.",
    "error.cli.bug": "this is a bug in kullback ({kind}: {message})",
    "error.cli.bug.hint": "Please report it; kullback --debug ... shows where it happened.",
    "cli.error": "error: {message}",
    "cli.failed": "check failed: {column}: {measure} is at least {low}, above {limit}",
    "cli.help": "Information measures for tables, distributions and models.",
    "cli.debug": "Show where an unexpected error happened.",
    "cli.version": "Show the version and exit.",
    "cli.measure.help": "Entropy of --p, and every divergence from --q.",
    "cli.measure.p": "Probabilities: 0.5,0.3,0.2, a file that holds them, or - for standard input.",
    "cli.measure.q": "The same for a second distribution, the model.",
    "cli.measure.counts": "The values are counts; their shares are measured.",
    "cli.measure.labels": "Names of the outcomes, separated by commas.",
    "cli.measure.of_counts": "Of the shares observed in the counts, not estimated beyond them.",
    "cli.compare.help": "Compare two CSV or Parquet files: what changed, beyond chance?",
    "cli.compare.columns": "Compare only these columns.",
    "cli.compare.ignore": "Leave these columns out.",
    "cli.compare.categorical": "Compare these columns value by value.",
    "cli.compare.numeric": "Compare these columns in bins.",
    "cli.compare.bins": "Bins of a numeric column, cut at quantiles of both files pooled.",
    "cli.compare.encoding": "Encoding of CSV files.",
    "cli.compare.missing": "Unquoted texts in CSV files that stand for a missing value, like NA.",
    "cli.compare.seed": "Seed of the permutations.",
    "cli.compare.fail_above": (
        "Exit with 1 if a measure is above a limit even at the lower end of its interval, such as "
        "js_distance=0.1."
    ),
    "cli.compare.progress": "comparing {name}",
    "cli.unit": "Unit of information.",
    "cli.json": "Print one JSON object.",
    "cli.lang": "Language of the output.",
    "cli.ascii": "Print ASCII in place of symbols.",
    "cli.precision": "Decimals shown.",
    # Data files and columns
    "error.data.missing": "{path}: there is no such file",
    "error.data.missing.hint": "Check the path; a relative one starts at the current folder.",
    "error.data.missing_near": "{path}: there is no such file",
    "error.data.missing_near.hint": "Did you mean {near}?",
    "error.data.directory": "{path} is a folder; one CSV or Parquet file was needed",
    "error.data.directory.hint": "Name a file inside it.",
    "error.data.permission": "{path}: you may not read this file",
    "error.data.permission.hint": "Ask for permission to read it, or copy it where you have it.",
    "error.data.unreadable": "{path} cannot be opened: {problem}",
    "error.data.unreadable.hint": "Check the path and the disk it is on.",
    "error.data.url": "{path} is an address; a local file was needed, nothing is ever downloaded",
    "error.data.url.hint.cli": (
        "Download it first, or pipe it in: curl -sSL {path} | kullback compare - NEW"
    ),
    "error.data.url.hint.python": "Download it first and give the path of the local file.",
    "error.data.stdin_twice": "both files are -, but there is only one standard input",
    "error.data.stdin_twice.hint": "Save one of the two to a file and give its path.",
    "error.data.empty": "{path} is empty; a header line and at least one row were needed",
    "error.data.empty.hint": "Check the program that wrote it.",
    "error.data.no_rows": "{path} has columns but no row; at least one was needed",
    "error.data.no_rows.hint": "Check the filter or the date range that produced it.",
    "error.data.not_parquet": (
        "{path} is truncated or not Parquet: it must begin and end with the four characters PAR1"
    ),
    "error.data.not_parquet.hint": (
        "Copy it again. If it is a CSV, give it a name that ends in .csv."
    ),
    "error.data.parquet": "{path} cannot be read as Parquet: {problem}",
    "error.data.parquet.hint": "It may be damaged or encrypted: copy or write it again.",
    "error.data.gzip": "{path} is a gzip file that is damaged or ends too early",
    "error.data.gzip.hint": "Copy it again; gzip -t tells whether it is whole.",
    "error.data.not_utf8": "{path} is not UTF-8 (byte {byte} at line {line})",
    "error.data.not_utf8.hint.cli": "Say what it is, for example --encoding {guess}",
    "error.data.not_utf8.hint.python": 'Say what it is, for example encoding="{guess}"',
    "error.data.not_decodable": "{path} is not {encoding} (byte {byte} at line {line})",
    "error.data.not_decodable.hint": (
        "Try another encoding: gb18030 (Chinese), shift_jis (Japanese), cp1252 (Western) or utf-16."
    ),
    "error.data.decoder": "{path} is not {encoding} ({problem})",
    "error.data.decoder.hint": "Both files are read in one encoding; convert one of them first.",
    "error.data.encoding": '"{encoding}" is not the name of a text encoding',
    "error.data.encoding.hint": (
        "Names that are known include utf-8, utf-16, gb18030, big5, shift_jis and cp1252."
    ),
    "error.data.ragged": (
        "{path} line {line}: {found} values, but the header names {expected} columns"
    ),
    "error.data.ragged.hint": (
        'Quote values that contain the separator: "like, this". The header must be the first line.'
    ),
    "error.data.quote": "{path} line {line}: a quoted value does not end as it should",
    "error.data.quote.hint": (
        'Close it with a quote before the separator, and write a quote inside it twice: ""'
    ),
    "error.data.csv_line": "{path} line {line} cannot be read as CSV: {problem}",
    "error.data.csv_line.hint": "Correct that line, or write the file again as CSV or Parquet.",
    "error.data.long_line": "{path} has a line of more than {limit} bytes",
    "error.data.long_line.hint": (
        "A quote that is never closed is the usual reason. Otherwise write the file as Parquet."
    ),
    "error.data.csv": "{path} cannot be read as CSV: {problem}",
    "error.data.csv.hint": (
        "Check that all lines end alike and that quotes are closed, or write it as Parquet."
    ),
    "error.data.duplicate_column": '{path} has two columns called "{column}"',
    "error.data.duplicate_column.hint": "Rename one of them.",
    "error.data.no_shared_column": (
        "{old} and {new} have no column in common; {old} has {old_columns}; {new} has {new_columns}"
    ),
    "error.data.no_shared_column.hint": (
        "Both need a header line with the same names; capitals and spaces count."
    ),
    "error.data.unknown_column": 'neither {old} nor {new} has a column "{column}"',
    "error.data.unknown_column.hint": "The columns are: {columns}",
    "error.data.unknown_column_near": 'neither {old} nor {new} has a column "{column}"',
    "error.data.unknown_column_near.hint": 'Did you mean "{near}"? The columns are: {columns}',
    "error.data.column_in_one": '{having} has a column "{column}" but {lacking} does not',
    "error.data.column_in_one.hint": "Only columns of both files can be compared: leave it out.",
    "error.data.all_ignored": "no column of {old} and {new} is left to compare",
    "error.data.all_ignored.hint": "Ignore fewer columns, or name more.",
    "error.data.not_numeric": (
        'column "{column}" was asked to be numeric, but its values are not all numbers or times '
        "in both files"
    ),
    "error.data.not_numeric.hint": "Leave it categorical, or clean the values that are no numbers.",
    "error.data.asked_twice": 'column "{column}" was asked to be both categorical and numeric',
    "error.data.asked_twice.hint": "Name it once.",
    "error.data.bins": "a numeric column cannot be cut into {bins} bins; 2 to {most} were needed",
    "error.data.bins.hint": "20 is usual.",
    "error.data.engine": "DuckDB could not do this: {problem}",
    "error.data.engine.hint": "If the files are sound, please report it, with this message.",
    "type.time_utc": "times; those without a zone were read as UTC",
    "type.mixed": "different types in the two files, so compared as text",
    "error.learning.tail_weight": "class weights say nothing of a tail of many classes",
    "error.learning.tail_weight.hint": "Leave out class_weights=, or give targets of all classes.",
    "error.learning.targets": (
        "targets have shape {got} and type {dtype}; needed are integer labels of shape {labels} "
        "or probabilities of shape {probs}"
    ),
    "error.learning.targets.hint": (
        "Convert labels to integers; if the classes are on another axis, such as the second, "
        "pass axis=."
    ),
    "error.learning.ignore_index": "ignore_index is {got}; it must be an integer, or None",
    "error.learning.ignore_index.hint": "Give the label of rows that do not count.",
    "error.learning.classes": "class_weights has shape {got}; the classes need {want}",
    "error.learning.classes.hint": "Give one weight per class.",
    "error.learning.option": "{name} is {got}; it must be a number in {interval}",
    "error.learning.option.hint": "Correct it.",
    "error.learning.probability": "targets[{place}] is {value}, which is not between 0 and 1",
    "error.learning.probability.hint": "A target is 0, 1, or the probability of 1.",
    "error.learning.mask": "a mask says True or False of each row; this one holds {dtype}",
    "error.learning.mask.hint": "Pass mask != 0, or use weights= for how much a row counts.",
    "error.learning.weights": "{name}[{place}] is {value}; a weight is finite and at least 0",
    "error.learning.weights.hint": "Correct it; a weight of 0 leaves out what it belongs to.",
    "error.learning.reduction": "reduction is {got}",
    "error.learning.reduction.hint": (
        'Use "none" for a value per row, "mean" over what counts, or "sum".'
    ),
    "error.learning.shape": "{name} has shape {got}, which does not fit the rows {want}",
    "error.learning.shape.hint": (
        "Give one value per row, in the shape of the values without the axis of the classes, or "
        "one for all."
    ),
    "error.learning.choice": "{name} is {got}",
    "error.learning.choice.hint": "Use one of {offered}.",
    "error.learning.log_prob": "{name}[{place}] is {value}, which is no log-probability",
    "error.learning.log_prob.hint": "It is a finite number, or -inf for what cannot be.",
    "error.learning.probabilities": (
        "all of {name} lies between 0 and 1, up to {value}: that is of probabilities, not of their "
        "logarithms"
    ),
    "error.learning.probabilities.hint": (
        "Pass logarithms, {name}.log() or np.log({name}). Log-densities of continuous actions may "
        "be above 0: say densities=True."
    ),
    "error.learning.weights_given": (
        "log_weights sum to 1 and none is negative: these are weights, not their logarithms"
    ),
    "error.learning.weights_given.hint": "Pass log_weights.log(), or the logarithms themselves.",
    "error.learning.impossible": (
        "{name}[{place}] is -inf: the law that the actions were drawn from does not allow this one"
    ),
    "error.learning.impossible.hint": (
        "Pass the law that did draw them as log_behaviour=, or leave the row out with mask=."
    ),
    "error.learning.allowed": "allowed says True or False of each action; this one holds {dtype}",
    "error.learning.allowed.hint": "Pass allowed != 0.",
    "error.learning.allowed_shape": "allowed has shape {got}, which does not fit the logits {want}",
    "error.learning.allowed_shape.hint": "Give it the shape of the logits, or 1 where it repeats.",
    "error.learning.no_such_option": "{divergence} has no option {name}",
    "error.learning.no_such_option.hint": "Leave it out, or choose the divergence that it is for.",
    "error.learning.option_missing": "{divergence} needs {name}=",
    "error.learning.option_missing.hint": "Say which of the family is meant.",
    "error.learning.top_k_shape": "indices have shape {indices} but their probabilities {probs}",
    "error.learning.top_k_shape.hint": "Both hold the k likeliest outcomes of each row.",
    "error.learning.top_k_head": "a head came for a teacher that is given by its top k",
    "error.learning.top_k_head.hint": "Leave teacher_head and teacher_bias out.",
    "error.learning.top_k_rows": "the top k have rows {got}, but the student {want}",
    "error.learning.top_k_rows.hint": "Give the likeliest outcomes of every row on the last axis.",
    "error.learning.top_k_twice": "{name} holds {value} twice, with two probabilities",
    "error.learning.top_k_twice.hint": "Give each outcome one probability.",
    "error.learning.teacher": "the teacher has shape {got}, but the student {want}",
    "error.learning.teacher.hint": "Both need one row per example, and logits the same outcomes.",
    "error.learning.chunk_rows": "chunk_rows is {got}",
    "error.learning.chunk_rows.hint": "Give how many rows to take at a time, at least 1, or None.",
    "error.learning.head": "{name} has shape {got}; {want} was needed",
    "error.learning.head.hint": "A head holds one row of weights per outcome, and one bias.",
    "error.learning.value": "values[{place}] is {value}; a mean takes numbers, and inf",
    "error.learning.value.hint": "Correct it, or leave the row out with mask=.",
    "error.learning.total": "the total of values[{place}] is beyond the largest float",
    "error.learning.total.hint": (
        "Divide values by a number and multiply the mean by it, or give smaller weights."
    ),
    "error.learning.traced": "running means add up values, and inside jit or vmap there are none",
    "error.learning.traced.hint": "Return losses from the compiled function, and add them after.",
    "error.learning.sizes": "sizes[{place}] is {value}; a size is finite and at least 0",
    "error.learning.sizes.hint": "Give the number of tokens or bytes of each unit.",
    "error.learning.nothing": "nothing counts, so there is no mean",
    "error.learning.nothing.hint": (
        "Look whether there are data, and whether mask, weights, sizes or ignore_index leave any."
    ),
    "error.learning.state": "this is no state of a {kind}",
    "error.learning.state.hint": "Pass what its to_dict gave, with nothing left out.",
    "error.learning.adapter": "{got} is no adapter",
    "error.learning.adapter.hint": "Pass an instance of a class that is made from Adapter.",
    "error.learning.bins": "{got} bins were asked for; a positive number was needed",
    "error.learning.bins.hint": "15 is usual.",
    "error.learning.merge": "{a} bins cannot be added to {b}",
    "error.learning.merge.hint": "Count all batches with the same bins=.",
    "error.learning.confidence": "{name}[{place}] is {value}, which is no probability",
    "error.learning.confidence.hint": "Pass the probability of each prediction, not its logit.",
    "error.learning.models": "p has shape {p}, but q {q}",
    "error.learning.models.hint": "Give the logits of both models for every row.",
    "error.learning.correct": "correct[{place}] is {value}; True or False, 1 or 0, was needed",
    "error.learning.correct.hint": "Pass predictions == labels.",
    "error.learning.label": "y_true[{place}] is {value}, which is not among the labels {labels}",
    "error.learning.label.hint": "Name every class in labels=, in the order of y_prob's columns.",
    "error.learning.label_nan": "y_true[{place}] is nan, which is no label",
    "error.learning.label_nan.hint": "Leave the row out, or name what is missing by a text.",
    "error.learning.labels_twice": "labels names {value} twice",
    "error.learning.labels_twice.hint": "Name each class once, in the order of y_prob's columns.",
    "error.learning.labels_order": "the labels in y_true are of types that cannot be sorted",
    "error.learning.labels_order.hint": (
        "Name every class in labels=, in the order of y_prob's columns."
    ),
    "error.learning.labels_columns": (
        "y_prob has {columns} columns, but the number of labels is {classes}: {labels}"
    ),
    "error.learning.labels_columns.hint": (
        "Pass labels= with the class of each column, such as model.classes_: by default they are "
        "those of y_true, which may lack some."
    ),
    "error.learning.base_rate": "base_rate gives 0 to {value}, which occurs in y_true",
    "error.learning.base_rate.hint": (
        "Pass frequencies of data that hold every class, such as the training set."
    ),
    "error.learning.setting": "{name} is {got}; it is one number of at least 0",
    "error.learning.setting.hint": "Pass a finite number, or an array of shape ().",
    "error.learning.logarithm": "{name}[{place}] is {value}; a logarithm here is below infinity",
    "error.learning.logarithm.hint": "Look for overflow in the model, or mask the row.",
    "error.learning.finite": "{name}[{place}] is {value}, which is not finite",
    "error.learning.finite.hint": "Look for overflow in the model, or leave the row out.",
    "error.learning.draws": "there are {got} draws; at least {want} are needed",
    "error.learning.draws.hint": "Draw more, and put the draws on the axis that axis= names.",
    "error.learning.elbo.both": "free_nats and capacity pull the divergence to different places",
    "error.learning.elbo.both.hint": "Choose one: a floor for each group, or a target for the sum.",
    "error.learning.elbo.groups": "group_axes {got} are not among the latent axes {events}",
    "error.learning.elbo.groups.hint": "Name latent axes by event_axes=, and groups among them.",
    "error.learning.elbo.shape": (
        "kl without its latent axes has shape {got}, but the samples have shape {want}"
    ),
    "error.learning.elbo.shape.hint": (
        "Name all latent axes of kl by event_axes=, () if it is summed; n_data= allows no others."
    ),
    "error.learning.elbo.kl": "kl[{place}] is {value}, which is no divergence",
    "error.learning.elbo.kl.hint": (
        "An exact divergence is at least 0; pass estimated=True if it is an average over draws."
    ),
    "error.learning.ensemble.kind": "{kind} is no distribution over finitely many outcomes",
    "error.learning.ensemble.kind.hint": "Pass probabilities, Logits or LogProbs, members first.",
    "error.learning.ensemble.weights": "weights have shape {got}, but there are {members} members",
    "error.learning.ensemble.weights.hint": "Give one probability for each member.",
    "error.fit.family": "{got} cannot be fitted",
    "error.fit.family.hint": (
        "Pass a family such as kullback.families.Gamma, or a model such as mixture_of(Normal, 2)."
    ),
    "error.fit.nan": "{name}[{row}] is NaN",
    "error.fit.nan.hint": "Leave such rows out first; nothing is dropped for you.",
    "error.fit.infinite": "data[{row}] is {value}, which is no finite number",
    "error.fit.infinite.hint": "Leave such rows out first, or pass what is known as Censored.",
    "error.fit.scale": "the data reach {size:g}: numbers of such a size are too far from 1 to fit",
    "error.fit.scale.hint": "Divide them by {size:g} first; parameters that are scales divide too.",
    "error.fit.shape": "data has shape {got}; {needed} is needed for this family",
    "error.fit.shape.hint": "Pass one row for each observation.",
    "error.fit.lengths": "{name} has shape {got}, but the data {rows}",
    "error.fit.lengths.hint": "Give one value for each row.",
    "error.fit.interval": "row {row}: {low} to {high} is no interval",
    "error.fit.interval.hint": (
        "low is at most high; use inf for what is only known to be above low."
    ),
    "error.fit.weight": "weights[{row}] is {value}",
    "error.fit.weight.hint": (
        "A weight says how many times a row counts: a finite number, at least 0."
    ),
    "error.fit.no_weight": "all weights are 0",
    "error.fit.no_weight.hint": "At least one row must count.",
    "error.fit.weights_twice": "these data hold their own counts, and weights came as well",
    "error.fit.weights_twice.hint": "Leave weights out.",
    "error.fit.weights_whole": (
        "the weights are no whole numbers, so no sample of that size can be drawn"
    ),
    "error.fit.weights_whole.hint": "Repeat rows, or give whole numbers.",
    "error.fit.outside": (
        "data[{row}] is {value}, and {family} is a law of finite numbers from {low} to {high}"
    ),
    "error.fit.outside_whole": (
        "data[{row}] is {value}, and {family} is a law of whole numbers from {low} to {high}"
    ),
    "error.fit.outside_whole.hint": (
        "Leave the row out if it is an error, or choose another family."
    ),
    "error.fit.outside.hint": "Leave the row out if it is an error, or choose another family.",
    "error.fit.not_whole": "data[{row}] is {value}, and {family} is a law of whole numbers",
    "error.fit.not_whole.hint": "Choose a continuous family.",
    "error.fit.edge": (
        "no maximum exists, because data[{row}] is {value}, where the density is 0 or infinite"
    ),
    "error.fit.edge.hint": (
        "Leave the row out if it was rounded there, or pass what is known of it as Censored."
    ),
    "error.fit.simplex": "row {row} is not made of positive numbers that sum to 1",
    "error.fit.simplex.hint": "Divide each row by its sum, if shares are meant.",
    "error.fit.constant": (
        "no maximum exists, because all values are {value}: the likelihood of {family} grows "
        "without bound as it closes in on them"
    ),
    "error.fit.constant.hint": "Fix the parameter that tells the spread, if it is known.",
    "error.fit.flat": (
        "no maximum exists, because the {rows} rows lie in a plane of fewer than their {size} "
        "dimensions"
    ),
    "error.fit.flat.hint": "Pass more rows, or leave out columns that others determine.",
    "error.fit.all_zero": (
        "no maximum exists, because all values are 0: the likelihood of {family} grows without "
        "end as it closes in on 0"
    ),
    "error.fit.all_zero.hint": "Nothing but zeros tells no scale.",
    "error.fit.border": (
        "no maximum exists, because all values are {value:g}: the likelihood of {family} rises "
        "towards 1 as {name} goes to {limit}, where no law of the family is"
    ),
    "error.fit.border.hint": "Pass more values, fix that parameter or give it a prior.",
    "error.fit.alike": (
        "the values, from {low!r} to {high!r}, agree so closely that rounding has made their law"
    ),
    "error.fit.alike.hint": "Subtract what they have in common before they are rounded.",
    "error.fit.tied": (
        "no maximum exists, because at least half of the values are {value:g}: the likelihood of "
        "{family} does not fall as its scale goes to 0 there"
    ),
    "error.fit.tied.hint": "Fix the scale, or pass the values before they are rounded.",
    "error.fit.swapped": "the data come first and the family {family} after them",
    "error.fit.swapped.hint": "The family is the first argument: fit({family}, data).",
    "error.fit.law": "{family}(...) is one law, not a family of them",
    "error.fit.law.hint": "Give the class, without parameters: kullback.families.{family}.",
    "error.fit.name": "{got!r} is the name of a family, not its class",
    "error.fit.name.hint": "Give the class: kullback.families.{family}.",
    "error.fit.foreign": "{got} is no family of this library",
    "error.fit.foreign.hint": "Give the class: kullback.families.{family}.",
    "error.fit.mapping": "{name} is of type {got}; a dict by the names of parameters is needed",
    "error.fit.mapping.hint": "Write {name}={{name of the parameter: what is known of it}}.",
    "error.fit.prior_law": "the prior of {name} is {got}, which is no law",
    "error.fit.prior_law.hint": "Give a law, such as kullback.families.Gamma(shape=2.0, rate=1.0).",
    "error.fit.no_information": (
        "{family} has no expected information here: its support moves with a parameter, or its "
        "tails are too heavy"
    ),
    "error.fit.no_information.hint": "Use observed_information.",
    "error.fit.underdispersed": (
        "no maximum exists, because the variance {variance:.6g} is not above the mean "
        "{mean:.6g}: the likelihood still rises as the law becomes that of Poisson"
    ),
    "error.fit.underdispersed.hint": "Fit Poisson.",
    "error.fit.runs_away": (
        "no maximum exists, because the likelihood of {family} still grows, or stays the same, "
        "as {name} goes to {limit}"
    ),
    "error.fit.runs_away.hint": "Fix that parameter, give it a prior, or fit a simpler family.",
    "error.fit.unbounded": (
        "no maximum exists, because the likelihood of {family} is unbounded: it grows without "
        "end as an end of the law reaches the outermost value"
    ),
    "error.fit.unbounded.hint": "Fix the parameter that moves the end, such as the location.",
    "error.fit.no_start": (
        "no parameters of {family} were found under which these data are possible"
    ),
    "error.fit.no_start.hint": "Check that the data are of this family.",
    "error.fit.few": "too few rows ({rows}) for the free parameters of {family} ({free})",
    "error.fit.few.hint": "Pass more rows, or fix parameters.",
    "error.fit.required": "{family} needs {name} to be fixed, because data do not tell it",
    "error.fit.required.hint.python": 'Pass fixed={{"{name}": value}}.',
    "error.fit.required.hint.cli": "Give its value: --fixed {name}=VALUE",
    "error.fit.parameter": "there is no free parameter {name!r}; there are {names}",
    "error.fit.parameter.hint": "Name one of them.",
    "error.fit.no_location": "{family} has no location",
    "error.fit.no_location.hint": "Fit kullback.fitting.shifted({family}), whose left end moves.",
    "error.fit.whole_law": (
        "{family} is fitted as a whole: nothing can be fixed, and no prior given"
    ),
    "error.fit.whole_law.hint": "Fit its coordinates one by one, or take the conjugate prior.",
    "error.fit.no_error": "the curvature of the likelihood tells no error of {name}",
    "error.fit.no_error.hint": (
        "It is at an edge of the data or of its range, or the likelihood has no maximum there."
    ),
    "error.fit.rows_needed": "this needs the rows themselves, each known as a number",
    "error.fit.rows_needed.hint": "Pass them as an array.",
    "error.fit.statistic": "these sums do not reach: the data go from {low:g} to {high:g}",
    "error.fit.statistic.hint": "Pass the rows as an array, to see which is at fault.",
    "error.fit.components": "a mixture of {components} laws with {restarts} restarts is none",
    "error.fit.components.hint": "Ask for at least 1 law and 1 restart.",
    "error.fit.no_mixture": (
        "no mixture of {components} laws of {family} was found that does not close in on "
        "single values"
    ),
    "error.fit.no_mixture.hint": "Ask for fewer components or for more restarts.",
    "error.fit.has_location": "{family} has a location already",
    "error.fit.has_location.hint": 'Free it: fixed={{"location": None}}.',
    "error.fit.bounds": "{low} to {high} is no interval to truncate to",
    "error.fit.bounds.hint": "low must be below high.",
    "error.fit.no_families": "there are no families to compare",
    "error.fit.no_families.hint": "Pass at least one.",
    "error.fit.axes": "{names} are laws of one variable and of several",
    "error.fit.axes.hint": "Compare laws of the same data.",
    "error.fit.none": "no family could be fitted: {reasons}",
    "error.fit.none.hint": "Correct the data, or choose other families.",
    "error.fit.same_name": "two of the families are called {name}",
    "error.fit.same_name.hint": 'Give them names of your own: {{"first": ..., "second": ...}}.',
    "error.fit.censored_edge": "{name} of {family} is an end of the data, which censored rows hide",
    "error.fit.censored_edge.hint": 'Pass fixed={{"{name}": value}}.',
    "error.fit.prior_edge": "{name} of {family} is an end of the data, where no prior is used",
    "error.fit.prior_edge.hint": "Leave its prior out, or fix it.",
    "error.fit.goodness_prior": (
        "{family} was fitted with a prior, which would hold the fits to its samples where it was"
    ),
    "error.fit.goodness_prior.hint": "Fit it without a prior to test it.",
    "error.fit.unreached": "the maximum of {family} was not reached in {steps} steps",
    "error.fit.unreached.hint": "Fix a parameter, or fit another family.",
    "error.fit.no_refit": "none of {draws} samples of the fitted {family} could be fitted",
    "error.fit.no_refit.hint": "Ask for more draws, or fit a simpler family.",
    "error.fit.measures": "{names} are laws of whole numbers and densities, on no common scale",
    "error.fit.measures.hint": "Compare laws of one kind.",
    "error.cli.fit_family": "there is no family {name!r} to fit",
    "error.cli.fit_family.hint": "Families are: {known}",
    "error.cli.fit_family_near": "there is no family {name!r} to fit",
    "error.cli.fit_family_near.hint": "Did you mean {near}? Families are: {known}",
    "error.cli.fit_fixed": "--fixed {got} does not give a parameter a number",
    "error.cli.fit_fixed.hint": "Write a name and its value, such as --fixed trials=10",
    "error.cli.fit_twice": "--fixed gives {name} twice",
    "error.cli.fit_twice.hint": "Give each parameter one value.",
    "error.cli.fit_over_input": "{path} is the file that is read; it would be overwritten",
    "error.cli.fit_over_input.hint": "Name another file for the page.",
    "error.cli.fit.infinite": "row {row} of the file holds {value}, which is no finite number",
    "error.cli.fit.infinite.hint": (
        "Correct or delete it; where it stands for a missing value, name it with --missing"
    ),
    "error.cli.fit.nan": "row {row} of the file holds NaN",
    "error.cli.fit.nan.hint": (
        "Correct or delete it; where it stands for a missing value, say --missing NaN"
    ),
    "error.cli.fit.outside": (
        "row {row} of the file holds {value}, and {family} is a law of finite numbers from {low} "
        "to {high}"
    ),
    "error.cli.fit.outside_whole": (
        "row {row} of the file holds {value}, and {family} is a law of whole numbers from {low} "
        "to {high}"
    ),
    "error.cli.fit.outside_whole.hint": (
        "Choose another family with --family, if the row is no error."
    ),
    "error.cli.fit.outside.hint": "Choose another family with --family, if the row is no error.",
    "error.cli.fit.not_whole": (
        "row {row} of the file holds {value}, and {family} is a law of whole numbers"
    ),
    "error.cli.fit.not_whole.hint": "Choose a continuous family with --family.",
    "error.cli.fit.edge": (
        "no maximum exists, because row {row} of the file holds {value}, where the density is 0 "
        "or infinite"
    ),
    "error.cli.fit.edge.hint": "Choose another family with --family, if the row is no error.",
    "error.data.not_number": (
        '{path} row {row}: column "{column}" holds {value!r}, which is no number'
    ),
    "error.data.not_number.hint": (
        "Clean the column, or name the texts that stand for a missing value with --missing."
    ),
    "error.data.no_column": '{path} has no column "{column}"',
    "error.data.no_column.hint": "The columns are: {columns}",
    "error.data.no_numbers": '{path}: column "{column}" has no values',
    "error.data.no_numbers.hint": "Name another column.",
    "range.real": "a finite number",
    "range.positive": "positive and finite",
    "range.positive_or_infinite": "positive, or inf",
    "range.nonnegative": "at least 0 and finite",
    "range.above_one": "above 1 and finite",
    "range.probability": "between 0 and 1",
    "range.positive_probability": "above 0 and at most 1",
    "range.log_odds": "a number, or -inf or inf",
    "range.possible_log_odds": "a number above -inf, or inf",
    "range.integer": "a whole number",
    "range.count": "a whole number, at least 0",
    "fit.title": "{family} fitted by maximum likelihood, n = {n}",
    "fit.title_posterior": "{family} fitted by maximum a posteriori, n = {n}",
    "fit.estimate": "estimate",
    "fit.std_error": "std. error",
    "fit.interval": "95 % interval",
    "fit.is_fixed": "fixed",
    "fit.at_an_edge": "at an edge: no error from the curvature",
    "fit.likelihood": (
        "log-likelihood {log_likelihood} · mean NLL {nll} nats · AIC {aic} · BIC {bic}"
    ),
    "fit.not_converged": "This is no maximum: a slope is left, or a direction leads up.",
    "fit.note.found": "The highest maximum that was found from random beginnings.",
    "fit.note.prior": (
        "The maximum of the posterior: AIC and BIC, which are meant for that of the likelihood, "
        "know nothing of the prior."
    ),
    "fit.note.mixture": (
        "The highest inner maximum that was found: components may close in on single values, "
        "where the likelihood is unbounded."
    ),
    "fit.note.peaks": (
        "The likelihood has another peak that is nearly as high, within 2 nats: errors and "
        "intervals know of this one only."
    ),
    "fit.note.weights": (
        "The weights sum to little for these parameters: they count observations, so the errors "
        "are those of so few. Multiply shares by the number of observations."
    ),
    "fit.note.shifted": (
        "A local maximum: the likelihood may be unbounded as the location reaches the least value."
    ),
    "fit.family": "family",
    "fit.parameters": "parameters",
    "fit.corrected": "AIC/2n ({unit})",
    "fit.difference": "Δ from best",
    "fit.values": "maximum likelihood, n = {n}",
    "fit.ranking": "{what}: maximum likelihood, n = {n}",
    "fit.legend": (
        "AIC/2n is the mean negative log-likelihood (NLL) plus the number of free parameters over "
        "n: it estimates the NLL of new data. Δ is its difference from the best, ± the standard "
        "error of that (Vuong)."
    ),
    "fit.tied": "≈ is not told apart from the best: {names}.",
    "fit.constant_ratio": (
        "Their log ratio hardly varies, as that of nested laws may: {names} against {best}."
    ),
    "fit.continuous": (
        "Only differences matter: the NLL of a continuous variable depends on its unit of "
        "measurement."
    ),
    "fit.page.title": "What law does {what} follow?",
    "fit.page.summary": (
        "{best} comes nearest to the values (n = {n}), its parameters allowed for: their mean "
        "negative log-likelihood (NLL) under it is {nll} {unit}."
    ),
    "fit.page.chart": "Bars: density of the values. Lines: densities of the fitted laws.",
    "fit.page.share": "Bars: shares of the values. Lines: probabilities of the fitted laws.",
    "fit.page.beyond": "Values farther out, not in the picture: {n}.",
    "fit.page.parameters": "Parameters, with 95 % intervals",
    "cli.fit.help": "Fit laws to a column of a CSV or Parquet file and rank them.",
    "cli.fit.column": "The column.",
    "cli.fit.family": (
        "Families to fit, such as gamma,lognormal; some that suit the values by default."
    ),
    "cli.fit.fixed": (
        "A parameter that is known, for every family that has it; it may be repeated."
    ),
    "cli.fit.output": "Write a page with the fitted curves over the data, one HTML file.",
    "cli.fit.missing": "Unquoted texts in a CSV file that stand for a missing value, like NA.",
    "cli.fit.encoding": "Encoding of a CSV file.",
    "cli.fit.left_out": "rows without a value, left out: {missing}",
    "cli.fit.written": "wrote {path}",
}
