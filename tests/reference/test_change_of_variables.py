import autograd.numpy as np
import mpmath
import pytest

from reference.change_of_variables import change_of_variables
from reference.densities import integrate, normal_density


def standard_normal(y):
    return np.prod(normal_density(y, 0.0, 1.0))


@pytest.mark.parametrize("x", [0.1, 1.0, 3.7])
def test_the_log_normal(x):
    exact = mpmath.exp(-(mpmath.log(x) ** 2) / 2) / (x * mpmath.sqrt(2 * mpmath.pi))
    measured = change_of_variables(standard_normal, np.log, np.array([x]))
    assert measured == pytest.approx(float(exact), rel=1e-13)


def test_an_affine_map_of_a_normal_is_a_normal():
    A, b = np.array([[1.0, 2.0, 0.0], [0.5, -1.0, 0.3], [0.0, 0.2, 2.0]]), np.array([0.3, -0.1, 1.0])
    x = np.array([0.4, -0.7, 0.2])
    # y = A x + b is standard normal, so x is normal of mean -A^-1 b and covariance (A^T A)^-1.
    mean, covariance = -np.linalg.solve(A, b), np.linalg.inv(A.T @ A)
    distance = (x - mean) @ np.linalg.solve(covariance, x - mean)
    exact = np.exp(-distance / 2) / np.sqrt((2 * np.pi) ** 3 * np.linalg.det(covariance))
    assert change_of_variables(standard_normal, lambda x: A @ x + b, x) == pytest.approx(exact, rel=1e-13)


def test_a_normal_in_polar_coordinates():
    def cartesian(polar):
        return polar[0] * np.array([np.cos(polar[1]), np.sin(polar[1])])

    radius = 1.3
    exact = radius * np.exp(-(radius**2) / 2) / (2 * np.pi)
    measured = change_of_variables(standard_normal, cartesian, np.array([radius, 2.1]))
    assert measured == pytest.approx(exact, rel=1e-14)


@pytest.mark.parametrize("g", [np.sinh, lambda x: -x - np.sin(x) / 2], ids=["increasing", "decreasing"])
def test_the_result_is_a_density(g):
    def density(grid):
        return np.array([change_of_variables(standard_normal, g, np.array([x])) for x in grid])

    assert integrate(density, -9.0, 9.0, points=601) == pytest.approx(1, rel=1e-10)


def test_latent_dimension_must_match_visible_dimension():
    with pytest.raises(np.linalg.LinAlgError, match="square"):
        change_of_variables(standard_normal, lambda x: x[:2], np.array([1.0, 2.0, 3.0]))
