"""Discrete outputs: how a gradient gets past a draw from a finite alphabet.

A generator "must be differentiable, and cannot be if its output is discrete". Three ways out: relax the draw and cool
it (`gumbel_softmax`), estimate the gradient of the expectation from draws (`reinforce` and its baselines), or generate
in a continuous embedding and decode to the nearest symbol (`embed_decode`).
"""

from .concrete import binary_concrete as binary_concrete
from .concrete import gumbel_softmax as gumbel_softmax
from .concrete import log_gumbel_softmax as log_gumbel_softmax
from .concrete_density import binary_concrete_log_density as binary_concrete_log_density
from .concrete_density import concrete_log_density as concrete_log_density
from .concrete_density import exp_concrete_log_density as exp_concrete_log_density
from .embedding import embed_decode as embed_decode
from .embedding import embed_nearest as embed_nearest
from .enumeration import expectation as expectation
from .enumeration import expectation_and_gradient as expectation_and_gradient
from .enumeration import expectation_gradient as expectation_gradient
from .gumbel import gumbel as gumbel
from .gumbel import gumbel_max as gumbel_max
from .gumbel import logistic as logistic
from .gumbel import one_hot as one_hot
from .muprop import muprop as muprop
from .rebar import conditional_gumbel as conditional_gumbel
from .rebar import minimise_variance as minimise_variance
from .rebar import rebar as rebar
from .rebar import relax as relax
from .rebar import tune_rebar as tune_rebar
from .reinforce import baseline_loss as baseline_loss
from .reinforce import exact_baseline as exact_baseline
from .reinforce import reinforce as reinforce
from .reinforce import score_function_surrogate as score_function_surrogate
from .reinforce import score_function_variance as score_function_variance
from .relaxed import gumbel_softmax_gradient as gumbel_softmax_gradient
from .relaxed import straight_through_gradient as straight_through_gradient
from .report import EstimatorReport as EstimatorReport
from .report import estimator_report as estimator_report
from .straight_through import straight_through as straight_through
from .straight_through import straight_through_bernoulli as straight_through_bernoulli
from .straight_through import straight_through_softmax as straight_through_softmax
from .subsets import gumbel_sinkhorn as gumbel_sinkhorn
from .subsets import gumbel_top_k as gumbel_top_k
from .subsets import relaxed_top_k as relaxed_top_k
from .subsets import sinkhorn as sinkhorn
from .toy import rising_digits as rising_digits
