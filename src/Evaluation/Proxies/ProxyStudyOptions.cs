using Tda.Evaluation.Lds;

namespace Tda.Evaluation.Proxies;

/// <summary>How the proxy study is run.</summary>
public sealed record ProxyStudyOptions
{
    /// <summary>M, random half subsets that the target is retrained on, 3 to 10,000. Default 100.</summary>
    public int Subsets { get; init; } = 100;

    /// <summary>R, retrainings a subset, 1 to 100. Default 5.</summary>
    public int Retrainings { get; init; } = 5;

    /// <summary>Proxies of every scenario, 2 to 100; the ensemble is their mean score. Default 5.</summary>
    public int Members { get; init; } = 5;

    /// <summary>Architecture of the target.</summary>
    public MlpShape Target { get; init; } = new([24, 16], MlpActivation.Tanh);

    /// <summary>Architecture of proxies where the target's is unknown.</summary>
    public MlpShape Unknown { get; init; } = new([40], MlpActivation.Relu);

    /// <summary>Passes over the examples, 1 to 10,000. Default 40. A subset's models take as many passes.</summary>
    public int Epochs { get; init; } = 40;

    /// <summary>Passes of the barely trained proxies of S5, 1 to 10,000. Default 5.</summary>
    public int FewEpochs { get; init; } = 5;

    /// <summary>Examples a step, at least 1. Default 20.</summary>
    public int Batch { get; init; } = 20;

    /// <summary>Learning rate of SGD, above 0. Default .05.</summary>
    public double LearningRate { get; init; } = .05;

    /// <summary>Momentum, 0 to below 1. Default .9.</summary>
    public double Momentum { get; init; } = .9;

    /// <summary>Weight decay, not decoupled, 0 or more. Default 1e-3.</summary>
    public double WeightDecay { get; init; } = 1e-3;

    /// <summary>The influence method that proxies are scored with. Default <c>ekfac</c>.</summary>
    public string Method { get; init; } = "ekfac";

    /// <summary>λ as a multiple of a module's mean eigenvalue. Default .1.</summary>
    public double DampingFactor { get; init; } = .1;

    /// <summary>Seed of subsets, weights and orders. Default 0.</summary>
    public long Seed { get; init; }

    /// <summary>How scores are graded.</summary>
    public LdsOptions Lds { get; init; } = new();

    /// <summary>Checks all ranges.</summary>
    /// <exception cref="UsageException">One or more options are out of range; the message names all of them.</exception>
    public void Validate()
    {
        var errors = new List<string>();
        if (Subsets is < 3 or > 10_000)
        {
            errors.Add($"subsets is {Subsets}; it must be 3 to 10,000");
        }

        if (Retrainings is < 1 or > 100)
        {
            errors.Add($"retrainings is {Retrainings}; it must be 1 to 100");
        }

        if (Members is < 2 or > 100)
        {
            errors.Add($"members is {Members}; it must be 2 to 100");
        }

        if (Epochs is < 1 or > 10_000)
        {
            errors.Add($"epochs is {Epochs}; it must be 1 to 10,000");
        }

        if (FewEpochs is < 1 or > 10_000)
        {
            errors.Add($"few epochs is {FewEpochs}; it must be 1 to 10,000");
        }

        if (Batch < 1)
        {
            errors.Add($"batch is {Batch}; it must be at least 1");
        }

        if (!(LearningRate > 0))
        {
            errors.Add($"learning rate is {LearningRate}; it must be above 0");
        }

        if (!(Momentum is >= 0 and < 1))
        {
            errors.Add($"momentum is {Momentum}; it must be 0 to below 1");
        }

        if (!(WeightDecay >= 0))
        {
            errors.Add($"weight decay is {WeightDecay}; it must be 0 or more");
        }

        if (errors.Count > 0)
        {
            throw new UsageException("The study's options are wrong: " + string.Join("; ", errors) + ".");
        }

        Lds.Validate();
    }
}
