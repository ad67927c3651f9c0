"""Policy gradients with and without an entropy bonus, against what is known exactly.

A bandit. A policy over arms with rewards r is trained to maximise the mean reward plus beta times
its entropy. That is to minimise its divergence from softmax(r / beta), because for every policy p

    E_p r + beta H(p) = beta log sum exp(r / beta) - beta D(p || softmax(r / beta))

>>> p = np.log([0.7, 0.2, 0.1, 0.0001])
>>> best = BETA * np.log(np.sum(np.exp(REWARDS / BETA)))
>>> left = kb.Logits(p).probs @ REWARDS + BETA * entropy_bonus(p)
>>> abs(float(left - best + BETA * distance(p))) < 1e-12
True

With exact gradients it gets there. With gradients from one sampled arm at a time and no bonus,
many runs settle on an arm that is not the best one: they have stopped trying the others.

A grid world. One goal is near and gives 1/2, the other is far and gives 1, which discounting
leaves worth more. All gradients are exact here, so no noise is to blame: without a bonus the
policy still settles on the near goal, because the far one is hardly ever reached while it learns,
and then its gradient is next to nothing.
With a bonus it comes to the policy that is best with that bonus, which soft value iteration finds
independently; and where the bonus is then taken away little by little, to the far goal.

Run it to have the claims checked:

    python examples/entropy_bonus.py
"""

from __future__ import annotations

import argparse
from typing import NamedTuple

import numpy as np

import kullback as kb
from kullback.learning import entropy_bonus

# ---------------------------------------------------------------- a bandit

REWARDS = np.array([0.7, 0.8, 0.9, 1.0])
BETA = 0.2
RUNS = 200
RATE = 0.5  # how far a step from one sample goes
STRIDE = 5.0  # how far a step along an exact gradient goes
SETTLED = 0.01  # an arm less likely than that is no longer tried


def distance(logits: np.ndarray) -> np.ndarray:
    """Return the divergence of policies from the closed-form optimum."""
    return kb.kl_divergence(kb.Logits(logits), kb.Logits(REWARDS / BETA))


def entropy_gradient(logits: np.ndarray) -> np.ndarray:
    """Return the gradient of `entropy_bonus`: -p (log p + H)."""
    law = kb.Logits(logits)
    return -law.probs * (law.log_probs + entropy_bonus(logits)[..., None])


def exact_bandit(steps: int, beta: float) -> np.ndarray:
    """Return logits after gradient ascent from the uniform policy."""
    logits = np.zeros(len(REWARDS))
    for _ in range(steps):
        p = kb.Logits(logits).probs
        gradient = p * (REWARDS - p @ REWARDS) + beta * entropy_gradient(logits)
        logits = logits + STRIDE * gradient
    return logits


def sampled_bandit(steps: int, beta: float) -> np.ndarray:
    """Return the logits of many runs, each of which sees the reward of one arm per step."""
    rng = np.random.default_rng(1)
    logits = np.zeros((RUNS, len(REWARDS)))
    for _ in range(steps):
        p = kb.Logits(logits).probs
        arm = np.argmax(logits + rng.gumbel(size=logits.shape), axis=-1)
        score = np.eye(len(REWARDS))[arm] - p  # the gradient of log p(arm)
        logits = logits + RATE * (REWARDS[arm, None] * score + beta * entropy_gradient(logits))
    return logits


def show_bandit(steps: int) -> None:
    """Print and check the claims of the bandit."""
    off = float(distance(exact_bandit(steps, BETA)))
    print(f"bandit, exact gradient, beta = {BETA}: D(policy || softmax(r / beta)) = {off:.1e}")
    claim(off <= 1e-12, f"the policy is {off} nats off its closed form")
    lost = {}
    for beta in (0.0, BETA):
        logits = sampled_bandit(steps, beta)
        entropies = entropy_bonus(logits, normalized=True)
        lost[beta] = float(np.mean(kb.Logits(logits).probs[:, -1] < SETTLED))
        print(
            f"bandit, one sample a step, beta = {beta}: "
            f"{lost[beta]:4.0%} of {RUNS} runs no longer try the best arm; "
            f"entropy {entropies.mean():.3f} of log {len(REWARDS)}"
        )
    claim(lost[0.0] >= 0.1, f"only {lost[0.0]:.0%} of the runs without a bonus have settled")
    claim(lost[BETA] == 0.0, f"{lost[BETA]:.0%} of the runs with a bonus have settled")


# ---------------------------------------------------------------- a grid world

WORLD = (
    "S......",
    ".#.#.#.",
    "n.....f",
)
GOALS = {"n": 0.5, "f": 1.0}
MOVES = ((0, 1), (1, 0), (0, -1), (-1, 0))
DISCOUNT = 0.95
BONUS = 0.02


class Grid(NamedTuple):
    """Where moves lead, what they give, and where the walk starts and ends."""

    following: np.ndarray  # cell after each move, (cells, moves)
    allowed: np.ndarray
    reward: np.ndarray
    live: np.ndarray  # cells from which there is a move to choose
    start: int


class Progress(NamedTuple):
    """What a policy is worth, and where its logits should go."""

    value: float  # discounted reward and bonus
    reward: float  # discounted reward alone
    gradient: np.ndarray
    visits: np.ndarray  # discounted, per cell


def grid() -> Grid:
    """Read the map."""
    cells = [(i, j) for i, row in enumerate(WORLD) for j, c in enumerate(row) if c != "#"]
    number = {cell: k for k, cell in enumerate(cells)}
    kind = [WORLD[i][j] for i, j in cells]
    there = [[number.get((i + di, j + dj), -1) for di, dj in MOVES] for i, j in cells]
    following = np.array(there)
    gain = np.array([GOALS.get(c, 0.0) for c in kind])
    return Grid(
        following,
        following >= 0,
        np.where(following >= 0, gain[following], 0.0),
        np.array([c not in GOALS for c in kind]),
        kind.index("S"),
    )


def evaluate(world: Grid, logits: np.ndarray, beta: float) -> Progress:
    """Solve for the value of a policy, and differentiate it by its logits."""
    cells = len(logits)
    law = kb.Logits(np.where(world.allowed, logits, -np.inf))
    bonus = beta * entropy_bonus(logits, allowed=world.allowed) * world.live
    moves = np.zeros((cells, cells))
    np.add.at(moves, (np.arange(cells)[:, None], world.following), law.probs)
    step = np.eye(cells) - DISCOUNT * moves * world.live[:, None]
    reward = np.sum(law.probs * world.reward, axis=-1) * world.live
    value, plain = np.linalg.solve(step, np.stack([reward + bonus, reward], axis=-1)).T
    visits = np.linalg.solve(step.T, np.eye(cells)[world.start]) * world.live
    log_p = np.where(world.allowed, law.log_probs, 0.0)
    advantage = world.reward + DISCOUNT * value[world.following] - beta * log_p - value[:, None]
    gradient = visits[:, None] * law.probs * advantage
    return Progress(float(value[world.start]), float(plain[world.start]), gradient, visits)


def train(world: Grid, steps: int, beta: float, logits: np.ndarray, *, fade: bool) -> np.ndarray:
    """Follow the gradient, with a bonus that stays or that goes away little by little."""
    for i in range(steps):
        now = beta * (1.0 - i / steps) if fade else beta
        logits = logits + STRIDE * evaluate(world, logits, now).gradient
    return logits


def soft_optimum(world: Grid, beta: float) -> tuple[float, np.ndarray]:
    """Return the best value with a bonus, and logits of the policy, by soft value iteration."""
    value, logits = np.zeros(len(world.live)), np.zeros(world.allowed.shape)
    for _ in range(1000):  # 0.95^1000 is below rounding
        after = world.reward + DISCOUNT * value[world.following]
        logits = np.where(world.allowed, after / beta, -np.inf)
        value = np.where(world.live, beta * np.logaddexp.reduce(logits, axis=-1), 0.0)
    return float(value[world.start]), logits


def show_grid(steps: int) -> None:
    """Print and check the claims of the grid world."""
    world = grid()
    start = np.zeros(world.allowed.shape)
    best, _ = soft_optimum(world, 1e-6)
    print(f"grid, what can be had: {best:.4f}")

    stuck = evaluate(world, train(world, steps, 0.0, start, fade=False), 0.0)
    pull = float(np.max(np.abs(stuck.gradient)))
    print(f"grid, no bonus: {stuck.reward:.4f}, {stuck.reward / best:.0%}, gradient {pull:.0e}")
    claim(stuck.reward <= 0.7 * best, f"without a bonus it reached {stuck.reward}")
    claim(pull <= 1e-4, f"without a bonus its gradient is still {pull}")

    soft = train(world, steps, BONUS, start, fade=False)
    known, logits = soft_optimum(world, BONUS)
    reached = evaluate(world, soft, BONUS)
    short = known - reached.value
    masked = np.where(world.allowed, soft, -np.inf)
    apart = kb.kl_divergence(kb.Logits(masked), kb.Logits(logits))
    seen = float(reached.visits @ apart / reached.visits.sum())
    print(
        f"grid, beta = {BONUS}: {reached.reward:.4f}, and with the bonus {short:.1e} less than "
        f"the soft optimum, from which its moves are {seen:.1e} nats"
    )
    claim(0.0 <= short <= 1e-3, f"it is {short} short of the soft optimum")
    claim(seen <= 0.05, f"its moves are {seen} nats from the soft optimum")
    # What is short is the sum over visits of beta times the divergences: the bandit in each cell.
    gap = abs(short - BONUS * float(reached.visits @ apart))
    claim(gap <= 1e-12, f"beta D differs from what is short by {gap}")

    cured = evaluate(world, train(world, steps // 2, BONUS, soft, fade=True), 0.0)
    print(f"grid, beta from {BONUS} to 0: {cured.reward:.4f}, {cured.reward / best:.1%}")
    claim(cured.reward >= 0.99 * best, f"with a fading bonus it reached {cured.reward}")


def claim(holds: bool, failure: str) -> None:
    """Stop where a claim does not hold."""
    if not holds:
        raise SystemExit(failure)


def main(arguments: list[str] | None = None) -> None:
    """Print and check the claims."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=3000, help="how many steps of the gradient")
    options = parser.parse_args(arguments)
    show_bandit(options.steps)
    show_grid(options.steps)


if __name__ == "__main__":
    main()
