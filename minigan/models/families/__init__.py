"""Bags of tricks as corners of families: each fast special case beside the model that it is a limit of.

`row` what joins the two, and how it is measured. Nothing here is trained by `minigan train`: a row is a page of its own,
with scikit-learn's tool on the one side and the family on the other.

Of data: `points` what they are tried on, and distances · `k_means` EM of a Gaussian mixture whose common variance goes to
0 · `kernel_density` a mixture with a component at each point · `neighbours` the class posterior of such mixtures ·
`forests` the weights of a random forest's average, and the kernel of Mondrian trees · `support_vectors` under the hinge
and under the logistic loss · `maximum_margin` where descent without end goes · `boosting` as descent in the space of
functions, and a discriminator by it.

Of regularisers, where a posterior is known: `linear_model` and the `mode` of a density · `early_stopping` · `ensembling` ·
`l2` · `gradient_noise` · `dropout` · `expectation_maximisation` · `variational` the bound that they all are below.

`language` of models, sums, products, chains and plates of the `factors` that `log_quadratic` holds · `elimination`, exact
inference in its sentences, and `enumeration` beside it · `sentences`: the lecture's, their neighbours and a new one.

`latent_linear` principal components and factor analysis · `bayesian_linear` ridge regression as a posterior ·
`wide_networks` that are Gaussian processes · `inference`: one posterior by quadrature, by chains and by variational
inference.
"""
