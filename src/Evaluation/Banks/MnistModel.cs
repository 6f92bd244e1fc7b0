namespace Tda.Evaluation.Banks;

/// <summary>Models of the MNIST bank.</summary>
public enum MnistModel
{
    /// <summary>Logistic regression, 784-10, trained to its minimum.</summary>
    LogReg,

    /// <summary>784-64-10 with ReLU, stochastic gradient descent.</summary>
    Mlp,
}
