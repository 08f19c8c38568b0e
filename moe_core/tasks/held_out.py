"""Real data, split at random into examples to learn from and examples held out to judge by."""

import numpy as np

from moe_core.tasks.task import Task, classification, regression


def held_out(
    random: np.random.Generator,
    inputs: np.ndarray,
    targets: np.ndarray,
    *,
    num_classes: int | None,
    num_train: int,
    num_test: int,
    noise: float,
    standardize: bool,
) -> Task:
    """Split examples (N, D); each class has the same proportion on both sides. num_classes None is a regression.

    standardize   inputs, and the target of a regression, get mean 0 and standard deviation 1 over the examples to
                  learn from, so that no column counts for more because of its unit. A column that is constant there
                  is only moved.
    noise         standard deviation of the Gaussian noise on every input, after that.
    """
    from sklearn.model_selection import train_test_split  # Imported by the tasks that need it: it takes a second.

    seed = int(random.integers(2**32))
    train, test = train_test_split(
        np.arange(len(inputs)),
        train_size=num_train,
        test_size=num_test,
        stratify=targets if num_classes else None,
        random_state=seed,
    )
    order = np.concatenate([train, test])
    inputs, targets = inputs[order], targets[order]
    if standardize:
        inputs = _standard(inputs, num_train)
    if noise:
        inputs = inputs + noise * random.normal(size=inputs.shape)
    if num_classes:
        return classification(inputs, targets, num_train, num_classes=num_classes)
    return regression(inputs, _standard(targets, num_train) if standardize else targets, num_train)


def _standard(values: np.ndarray, num_train: int) -> np.ndarray:
    """Columns (N, D) of mean 0 and standard deviation 1 over the first num_train rows, in float64.

    One that is constant there is moved to 0 and keeps its unit, whatever it is in the other rows.
    """
    values = values.astype(np.float64)
    train = values[:num_train]
    # Rounding gives a constant column a deviation that is not quite 0, so its range decides.
    deviation = np.where(np.ptp(train, axis=0) > 0, train.std(0), 1.0)
    return (values - train.mean(0)) / deviation
