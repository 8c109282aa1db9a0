"""Bags of tricks as corners of families: each fast special case beside the model that it is a limit of.

`row` what joins the two, and how it is measured. Nothing here is trained by `minigan train`: a row is a page of its own,
with scikit-learn's tool on the one side and the family on the other.

`language` of models, sums, products, chains and plates of the `factors` that `log_quadratic` holds · `elimination`, exact
inference in its sentences, and `enumeration` beside it · `sentences`: the lecture's, their neighbours and a new one.

`latent_linear` principal components and factor analysis · `bayesian_linear` ridge regression as a posterior ·
`wide_networks` that are Gaussian processes · `inference`: one posterior by quadrature, by chains and by variational
inference.
"""
