"""The core of MoE Lab: small Mixture-of-Experts models, how they train, and what can be measured of them."""
