"""Every formula of the lecture's GAN part, written once more, as literally as possible.

This package is the oracle of the tests and the shortest thing to read. It imports nothing of the library that
it judges: only NumPy and HIPS autograd. It is slow, short, in float64, and takes no care of the ends
of the float range unless a docstring says so: where a literal formula gives `inf`, this package gives `inf`.

Table of contents, in the order in which one file needs the other:

    densities             normal and mixture densities on the line, integrals over it
    divergences           Kullback-Leibler both ways, Jensen-Shannon, KL(M || P)
    discriminator         the loss J^(D) and the optimal D = p_data / (p_data + p_model)
    games                 the minimax and the non-saturating generator, the value V
    networks              the sigmoid, a tanh network, G and D made of it
    convolution           convolution, its transpose, pooling and enlarging, by loops over the image
    gan_step              one training step, of both players at once or of one after the other
    adam                  the SGD-like algorithms of choice, on single arrays
    saddle                V(x, y) = x y, the canonical saddle point
    f_gan                 the f-GAN table: f, activation, conjugate, threshold, the variational bound
    f_gan_as_printed      the same table letter by letter, mistakes included
    belief_nets           the chain rule, logistic conditionals, a masked network, a masked convolution
    change_of_variables   the density of x when y = g(x) has a known one
    coupling              an affine coupling, its inverse, its determinant from the whole Jacobian
    evidence_bound        p(x) of a model with a code, and the lower bound on its logarithm
    adversarial_bayes     what tells codes from the prior, the best of it, an entropy by nearest neighbours
    density_ratio         p/q of Gaussians, by a classifier, by least squares, by a kernel; a posterior's likelihood
    boltzmann             energies, Z and p(x) by loops over all states, and p(x) as printed
    samplers              steps of Langevin dynamics and of SGHMC, and what a linear chain settles at
    sprinkler             two causes of an effect: their density, and the posterior by a loop over a grid
    sentences             mixture, logistic regression, hidden Markov model: sums over all that was not seen
    mixtures              EM of a mixture of one variance, a component at each point, and its classes' posterior
    hierarchical          a linear generator with a prior on its weights: the posterior by a loop over a grid
    lotka_volterra        prey and predators, event by event

`D` stands for probabilities, `logit` for the number whose sigmoid is D; the losses keep the lecture's factors
of one half, so that J^(D) = log 2, and not log 4, when the discriminator can only guess:

>>> from reference.discriminator import discriminator_loss, optimal_discriminator
>>> D = optimal_discriminator(p_data=0.3, p_model=0.3)
>>> print(D, f"{discriminator_loss(D, D):.6f}")
0.5 0.693147
"""
