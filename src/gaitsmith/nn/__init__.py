"""Network blocks and diffusion, without gait: tensors in, tensors out, always batch × time × channel.

Nothing is imported here, so that `gaitsmith` starts without torch; import the modules where a
network runs:

``nn.transformer``
    ``Encoder(inputs, outputs, width, layers, heads, feedforward, condition=)``: pre-norm, rotary
    positions, FiLM by a conditioning vector (batch × C, or batch × time × C), key mask, causal or
    not. Its parts: ``Stack`` (blocks between tokens of one width), ``FiLM``, ``rotary``,
    ``TimeEmbedding(width, out, steps=)`` (sinusoidal, or learned where `steps` is given).
``nn.tcn``
    ``TCN(inputs, outputs, widths, kernel, causal=)``: dilated residual blocks;
    ``tcn.receptive_field`` in samples.
``nn.diffusion``
    ``Diffusion(steps, betas="linear" | "cosine", prediction="epsilon" | "x0" | "v")``: the
    variance-preserving process apart from any network: ``noised``, ``target``, ``x0``,
    ``epsilon``, ``draw_times``.
``nn.samplers``
    ``sample(process, denoise, shape, sampler=DDIM(50), generator=)`` with ``DDPM``, ``DDIM`` and
    ``DPMSolver`` (DPM-Solver++ 2M); ``known=`` and ``mask=`` inpaint; ``guide=`` moves the clean
    estimate (``descend`` a loss, ``classifier`` a log probability); ``classifier_free``.
``nn.state``
    ``arrays(module)`` and ``load(module, arrays)``: weights as numpy arrays, for `models.base`.

A whole diffusion model in few lines::

    process = Diffusion(1000, prediction="x0")
    t = process.draw_times(len(x), generator)                 # training
    noise = torch.randn(x.shape, generator=generator)
    loss = F.mse_loss(network(process.noised(x, t, noise), t), process.target(x, t, noise))
    made = sample(process, network, x.shape, sampler=DDIM(50), generator=generator)
"""
