"""The public names and the terms they stand for, in English and Chinese.

A test keeps the keys equal to the public names, so that no name is without a term.
"""

from __future__ import annotations

__all__ = ["GLOSSARY", "PEOPLE"]

GLOSSARY = {
    "AbstractDistribution": {
        "en": "distribution",
        "zh": "分布",
        "means": "whatever a verb accepts",
    },
    "AbstractFinite": {
        "en": "finite distribution",
        "zh": "有限分布",
        "means": "a distribution over the outcomes 0 to K - 1, given by a table",
    },
    "BITS": {"en": "bit", "zh": "比特", "means": "the information of one fair coin, log 2 nats"},
    "Capacity": {
        "en": "certified capacity",
        "zh": "带证明的信道容量",
        "means": "a channel capacity between two proven bounds, with the input that achieves it",
    },
    "Comparison": {
        "en": "comparison of two data sets",
        "zh": "数据集比较",
        "means": "what changed between two files, column by column",
    },
    "Counts": {"en": "counts", "zh": "计数", "means": "how often each outcome was seen"},
    "cross_entropy_gradient": {
        "en": "cross-entropy gradient",
        "zh": "交叉熵梯度",
        "means": "(prediction - target) times the input: as large as the error",
    },
    "ElboTerms": {
        "en": "parts of the evidence lower bound",
        "zh": "证据下界的各部分",
        "means": "reconstruction and divergence by latent dimension, the bound and the loss",
    },
    "Estimate": {
        "en": "estimate",
        "zh": "估计",
        "means": "a number with its uncertainty, its unit and how it was obtained",
    },
    "Explanation": {
        "en": "explanation",
        "zh": "解释",
        "means": "every measure of p and q, with the share of each outcome",
    },
    "Fit": {
        "en": "fit",
        "zh": "拟合结果",
        "means": "a law fitted to data, with its errors, its likelihood and a certificate",
    },
    "FitRanking": {
        "en": "ranking of fits",
        "zh": "拟合的排名",
        "means": "families ranked by cross-entropy, with the uncertainty of the differences",
    },
    "HARTLEYS": {
        "en": "hartley",
        "zh": "哈特利",
        "means": "the information of one decimal digit, log 10 nats",
    },
    "Joint": {
        "en": "joint distribution",
        "zh": "联合分布",
        "means": "one probability table over several named variables",
    },
    "KullbackError": {
        "en": "error",
        "zh": "错误",
        "means": "what came, what was needed, and what to do next",
    },
    "Labels": {
        "en": "labels",
        "zh": "标签",
        "means": "one certain outcome per row",
    },
    "learning": {
        "en": "learning",
        "zh": "学习",
        "means": "losses, bounds and states that models are trained and watched with",
    },
    "linear_cross_entropy": {
        "en": "linear cross-entropy",
        "zh": "线性交叉熵",
        "means": "the cross-entropy of a linear head's logits, a few rows at a time",
    },
    "linear_distillation": {
        "en": "linear distillation",
        "zh": "线性蒸馏",
        "means": "the distillation loss of two linear heads, a few rows at a time",
    },
    "LogProbs": {
        "en": "log-probabilities",
        "zh": "对数概率",
        "means": "logarithms of probabilities, in nats",
    },
    "Logits": {
        "en": "logits",
        "zh": "未归一化的对数概率",
        "means": "log-probabilities up to a constant, which softmax normalises",
    },
    "NATS": {
        "en": "nat",
        "zh": "奈特",
        "means": "the unit of information of the natural logarithm",
    },
    "CallError": {
        "en": "wrong call",
        "zh": "错误的调用",
        "means": "a function got arguments that it does not take, or lacks one that it needs",
    },
    "NoRuleError": {
        "en": "missing rule",
        "zh": "缺少规则",
        "means": "a verb was given kinds that it has no rule for",
    },
    "Probs": {"en": "probabilities", "zh": "概率", "means": "one probability per outcome"},
    "Projection": {
        "en": "projection in information",
        "zh": "信息投影",
        "means": "the member of a family closest to a law, and the other local optima",
    },
    "RunningCalibration": {
        "en": "running calibration",
        "zh": "累计校准",
        "means": "how often predictions of each confidence were right, in counts that add up",
    },
    "RunningMean": {
        "en": "running mean",
        "zh": "累计均值",
        "means": "a mean over as much data as there is, with its error, in exact sums that add up",
    },
    "Samples": {
        "en": "samples",
        "zh": "样本",
        "means": "many independent draws of one law",
    },
    "sigmoid_cross_entropy": {
        "en": "sigmoid cross-entropy",
        "zh": "sigmoid 交叉熵",
        "means": "the loss of independent yes-or-no outcomes, from their logits",
    },
    "softmax_cross_entropy": {
        "en": "softmax cross-entropy",
        "zh": "softmax 交叉熵",
        "means": "the loss of classifiers and language models, from their logits",
    },
    "CrossEntropyParts": {
        "en": "parts of the softmax loss",
        "zh": "softmax 损失的各部分",
        "means": "what one pass over logits tells: loss, log-sum-exp, entropy, accuracy",
    },
    "TopK": {
        "en": "the top k with a tail",
        "zh": "前 k 个结果与尾部",
        "means": "the likeliest outcomes of a teacher, and one probability for all others",
    },
    "squared_error": {
        "en": "squared error",
        "zh": "平方误差",
        "means": "half the squared difference between prediction and target",
    },
    "squared_error_gradient": {
        "en": "squared-error gradient",
        "zh": "平方误差梯度",
        "means": "the gradient through a sigmoid, which vanishes where that is saturated",
    },
    "Unit": {
        "en": "unit of information",
        "zh": "信息单位",
        "means": "nats, bits or hartleys",
    },
    "active_units": {
        "en": "active units",
        "zh": "活跃单元",
        "means": "the latent dimensions whose posterior mean depends on the data",
    },
    "all_reduce": {
        "en": "sum over processes",
        "zh": "跨进程求和",
        "means": "what all processes have counted together, exactly",
    },
    "as_distribution": {
        "en": "as a distribution",
        "zh": "视为分布",
        "means": "a kind as it is, a bare array as probabilities",
    },
    "base_rate_divergence_score": {
        "en": "divergence from the base rate",
        "zh": "相对基准率的散度",
        "means": "how far predictions go from the frequencies of labels, as if they knew",
    },
    "bhattacharyya_distance": {
        "en": "Bhattacharyya distance",
        "zh": "Bhattacharyya 距离",
        "means": "how little the square roots of two distributions overlap, as information",
    },
    "bretagnolle_huber_bound": {
        "en": "Bretagnolle-Huber bound",
        "zh": "Bretagnolle-Huber 上界",
        "means": "a bound on the total variation distance that stays below 1",
    },
    "channel_capacity": {
        "en": "channel capacity",
        "zh": "信道容量",
        "means": "the most that one use of a channel can tell about its input",
    },
    "chi_squared_divergence": {
        "en": "chi-squared divergence",
        "zh": "卡方散度",
        "means": "the mean square of the relative error of a model",
    },
    "co_information": {
        "en": "co-information",
        "zh": "共信息",
        "means": "what all of several variables share, less what only shows when others are known",
    },
    "compare": {
        "en": "compare",
        "zh": "比较",
        "means": "what changed between two data sets, beyond chance",
    },
    "compare_fits": {
        "en": "comparison of fits",
        "zh": "拟合比较",
        "means": "which family fits best, and whether that is more than chance; Vuong's test",
    },
    "cosine_schedule": {
        "en": "cosine schedule",
        "zh": "余弦日程",
        "means": "a weight that rises from 0 to 1 along half a wave",
    },
    "cross_entropy": {
        "en": "cross-entropy",
        "zh": "交叉熵",
        "means": "the mean surprise of a model at what the truth produces",
    },
    "cross_entropy_score": {
        "en": "cross-entropy score",
        "zh": "交叉熵得分",
        "means": "the mean surprise of true labels under predicted probabilities, for model search",
    },
    "cyclical_schedule": {
        "en": "cyclical schedule",
        "zh": "周期日程",
        "means": "a weight that rises from 0 to 1 again and again",
    },
    "default_estimator": {
        "en": "default estimator",
        "zh": "默认估计量",
        "means": "which estimator is used when none is named",
    },
    "distillation_loss": {
        "en": "distillation loss",
        "zh": "蒸馏损失",
        "means": "a divergence between the softmaxes of a teacher and a student",
    },
    "doubly_reparameterized_weights": {
        "en": "doubly reparameterized weights",
        "zh": "双重重参数化权重",
        "means": "what the encoder's gradient of the IWAE bound is weighted by, with little noise",
    },
    "dual_total_correlation": {
        "en": "dual total correlation",
        "zh": "对偶总相关",
        "means": "how much of the joint uncertainty of several variables is shared",
    },
    "effective_sample_size": {
        "en": "effective sample size",
        "zh": "有效样本量",
        "means": "how many equal importance weights would be as good",
    },
    "elbo_terms": {
        "en": "evidence lower bound in parts",
        "zh": "分项的证据下界",
        "means": "the variational bound with the loss of beta-VAE, free bits or capacity",
    },
    "ensemble_information_gain": {
        "en": "ensemble information gain",
        "zh": "集成的信息增益",
        "means": "what an outcome tells about which member of an ensemble is right",
    },
    "entropy": {
        "en": "entropy",
        "zh": "熵",
        "means": "the mean surprise of a distribution at itself",
    },
    "entropy_bonus": {
        "en": "entropy bonus",
        "zh": "熵奖励",
        "means": "the entropy of a policy over the actions that are allowed",
    },
    "entropy_rate": {
        "en": "entropy rate",
        "zh": "熵率",
        "means": "how uncertain each step of a process is, when all before are known",
    },
    "entropy_surrogate": {
        "en": "surrogate of the entropy",
        "zh": "熵的代理目标",
        "means": "an estimate of the entropy from sampled actions, with the right gradient",
    },
    "estimators": {
        "en": "estimators",
        "zh": "估计量",
        "means": "objects that turn counts or samples into an estimate",
    },
    "expected_information_gain": {
        "en": "expected information gain",
        "zh": "期望信息增益",
        "means": "what data are expected to tell about a parameter: mutual information",
    },
    "explain": {
        "en": "explain",
        "zh": "解释",
        "means": "compare p and q in every way at once",
    },
    "f_divergence": {
        "en": "f-divergence",
        "zh": "f-散度",
        "means": "the mean of a convex function of the ratio p/q; Csiszár's divergence",
    },
    "families": {
        "en": "families of laws",
        "zh": "分布族",
        "means": "the parametric distributions, one class for each family",
    },
    "fit": {
        "en": "maximum likelihood",
        "zh": "最大似然",
        "means": "the law of a family that data are most likely under",
    },
    "fitting": {
        "en": "fitting",
        "zh": "拟合",
        "means": "what brings laws to data: fits, projections, conjugate updates",
    },
    "hellinger_distance": {
        "en": "Hellinger distance",
        "zh": "Hellinger 距离",
        "means": "the distance of the square roots of two distributions, a metric",
    },
    "information_gain_score": {
        "en": "information gain over the base rate",
        "zh": "相对基准率的信息增益",
        "means": "by how much predictions surprise less than the frequencies of labels do",
    },
    "iwae_bound": {
        "en": "importance-weighted bound",
        "zh": "重要性加权下界",
        "means": "the logarithm of the mean importance weight, below the log evidence on average",
    },
    "jeffreys_divergence": {
        "en": "Jeffreys divergence",
        "zh": "Jeffreys 散度",
        "means": "the sum of the two Kullback-Leibler divergences; PSI in credit scoring",
    },
    "jensen_shannon_distance": {
        "en": "Jensen-Shannon distance",
        "zh": "Jensen-Shannon 距离",
        "means": "the square root of the Jensen-Shannon divergence, a metric",
    },
    "jensen_shannon_divergence": {
        "en": "Jensen-Shannon divergence",
        "zh": "Jensen-Shannon 散度",
        "means": "the mean divergence of two distributions from their mixture",
    },
    "kernel_for": {
        "en": "kernel in force",
        "zh": "所用的计算核",
        "means": "which implementation a verb would run for given operands",
    },
    "kl_divergence": {
        "en": "Kullback-Leibler divergence",
        "zh": "Kullback-Leibler 散度",
        "means": "the price of taking q for the truth p; relative entropy",
    },
    "kl_estimate": {
        "en": "estimate of the KL divergence from actions",
        "zh": "由动作得到的 KL 散度估计",
        "means": "how far a policy is from a reference, by its actions, with the right gradient",
    },
    "linear_schedule": {
        "en": "linear schedule",
        "zh": "线性日程",
        "means": "a weight that rises evenly from 0 to 1",
    },
    "log_likelihood": {
        "en": "log-likelihood",
        "zh": "对数似然",
        "means": "the logarithm of a sample's probability under a model",
    },
    "log_likelihood_ratio": {
        "en": "log-likelihood ratio",
        "zh": "对数似然比",
        "means": "how much better one model explains a sample than another",
    },
    "method_for": {
        "en": "method for a number",
        "zh": "数值的求法",
        "means": "how a verb comes to its number for two laws, and how far it may be off",
    },
    "mutual_information": {
        "en": "mutual information",
        "zh": "互信息",
        "means": "how much one variable tells about another",
    },
    "normalized_mutual_information": {
        "en": "normalized mutual information",
        "zh": "归一化互信息",
        "means": "mutual information as a share of an entropy that must be named",
    },
    "o_information": {
        "en": "O-information",
        "zh": "O 信息",
        "means": "total correlation less dual total correlation: redundancy against synergy",
    },
    "pareto_k": {
        "en": "Pareto k",
        "zh": "Pareto k 值",
        "means": "the shape of the tail of importance weights, which says if means can be trusted",
    },
    "perplexity": {
        "en": "perplexity",
        "zh": "困惑度",
        "means": "the effective number of equally likely outcomes",
    },
    "pinsker_bound": {
        "en": "Pinsker bound",
        "zh": "Pinsker 上界",
        "means": "the bound on the total variation distance for small divergences",
    },
    "pointwise_mutual_information": {
        "en": "pointwise mutual information",
        "zh": "点互信息",
        "means": "how much oftener two outcomes meet than if they were independent",
    },
    "posterior": {
        "en": "posterior",
        "zh": "后验分布",
        "means": "what is held of a parameter after data, for conjugate priors",
    },
    "project": {
        "en": "projection",
        "zh": "投影",
        "means": "the closest member of a family in KL divergence, forward or reverse",
    },
    "renyi_bound": {
        "en": "variational Rényi bound",
        "zh": "变分 Rényi 界",
        "means": "the power mean of importance weights, from the ELBO to the IWAE bound",
    },
    "renyi_divergence": {
        "en": "Rényi divergence",
        "zh": "Rényi 散度",
        "means": "a divergence whose order says how much the worst ratios weigh",
    },
    "renyi_entropy": {
        "en": "Rényi entropy",
        "zh": "Rényi 熵",
        "means": "an entropy whose order weighs likely against rare outcomes",
    },
    "rule": {"en": "rule", "zh": "规则", "means": "what a verb does for given kinds"},
    "rule_for": {
        "en": "rule in force",
        "zh": "适用的规则",
        "means": "which rule a verb would use for given kinds",
    },
    "running_calibration": {
        "en": "calibration of one batch",
        "zh": "一个批次的校准",
        "means": "accuracy and calibration of a batch of logits, to be added to those of others",
    },
    "running_cross_entropy": {
        "en": "cross-entropy of one batch",
        "zh": "一个批次的交叉熵",
        "means": "the losses of a batch of logits, summed exactly, to be added to those of others",
    },
    "running_kl_divergence": {
        "en": "KL divergence of one batch",
        "zh": "一个批次的 KL 散度",
        "means": "how far two models' logits are apart on a batch, to be added to others",
    },
    "self_information": {
        "en": "self-information",
        "zh": "自信息",
        "means": "the surprise of an event, minus the logarithm of its probability",
    },
    "sigmoid_schedule": {
        "en": "sigmoid schedule",
        "zh": "S 形日程",
        "means": "a weight that rises from 0 to 1 along a sigmoid",
    },
    "total_correlation": {
        "en": "total correlation",
        "zh": "总相关",
        "means": "the divergence of several variables from being independent",
    },
    "total_variation_distance": {
        "en": "total variation distance",
        "zh": "全变差距离",
        "means": "the most by which two distributions disagree on any event",
    },
    "transfer_entropy": {
        "en": "transfer entropy",
        "zh": "转移熵",
        "means": "what the past of one process tells about the next step of another",
    },
    "tsallis_entropy": {
        "en": "Tsallis entropy",
        "zh": "Tsallis 熵",
        "means": "an entropy of a given order that is a number, without a unit",
    },
    "variation_of_information": {
        "en": "variation of information",
        "zh": "信息变差",
        "means": "what two variables do not share, a metric",
    },
    "verb": {
        "en": "verb",
        "zh": "动词",
        "means": "a function named by the textbook that answers by rules",
    },
}

# How the names of people are written wherever a person reads them, in Chinese texts too.
PEOPLE = ("Benjamini-Hochberg", "Jeffreys", "Jensen-Shannon", "Kullback-Leibler", "Miller-Madow")
