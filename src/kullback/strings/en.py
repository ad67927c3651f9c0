"""The English texts."""

from __future__ import annotations

STRINGS = {
    # Messages: what came and what was needed; the hint says what to do.
    "error.array.masked": "{name} is a masked array, and masked values have no meaning here",
    "error.array.masked.hint": "Choose one: {name}.compressed() or {name}.filled(value).",
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
    "error.log_probs.above.hint": "For scores that are not normalised use Logits.",
    "error.logits.not_finite": "z[{place}] is {value}; a logit is finite, or -inf",
    "error.logits.not_finite.hint": "Find where it comes from; -inf masks an outcome.",
    "error.logits.all_masked": "{name} masks every outcome with -inf",
    "error.logits.all_masked.hint": "Leave at least one outcome possible.",
    "error.labels.not_integers": "{name} holds {dtype}, where outcomes are numbered by integers",
    "error.labels.not_integers.hint": "Number the outcomes from 0.",
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
    "error.verb.axis": "axis={axis} has no bare array to apply to: the operands say what they are",
    "error.verb.axis.hint": "Give it to the kind: Probs(p, axis={axis}).",
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
    "error.cli.no_names": "{option} names no column",
    "error.cli.no_names.hint": "Name columns separated by commas, or leave {option} out.",
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
}
