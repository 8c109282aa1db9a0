"""Bags of tricks as corners of families: each fast special case beside the model that it is a limit of.

`row` what joins the two, and how it is measured. Nothing here is trained by `minigan train`: a row is a page of its own,
with scikit-learn's tool on the one side and the family on the other.

`points` what they are tried on, and distances · `k_means` EM of a Gaussian mixture whose common variance goes to 0 ·
`kernel_density` a mixture with a component at each point ·
`neighbours` the class posterior of such mixtures · `forests` the
weights of a random forest's average, and the kernel of Mondrian trees.
"""
