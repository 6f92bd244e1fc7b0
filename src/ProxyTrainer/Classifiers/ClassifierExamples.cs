namespace Tda.ProxyTrainer.Classifiers;

/// <summary>
/// What classifiers learn: inputs, and for each a distribution over the classes. The loss of an example is the cross-entropy
/// <c>−Σ_c t_c log p_c</c> in nats; a label is a distribution with all on one class. Owns nothing.
/// </summary>
/// <param name="Features">(N, F).</param>
/// <param name="Targets">t, (N, C): rows of numbers from 0 that sum to 1.</param>
public sealed record ClassifierExamples(Tensor Features, Tensor Targets)
{
    /// <summary>How far a row of targets may be from a sum of 1: the gradient takes it for 1.</summary>
    private const double SumTolerance = 1e-4;

    /// <summary>Examples with labels (N), int64, 0 to C − 1. The tensors made are the current dispose scope's.</summary>
    public static ClassifierExamples Labelled(Tensor features, Tensor labels, int classes) =>
        new(features, nn.functional.one_hot(labels, classes).to_type(features.dtype));

    /// <summary>
    /// Examples with a teacher's answers (Hinton et al. 2015, arXiv 1503.02531, at temperature 1): t = (1 − w)·p + w·onehot(label), p the
    /// teacher's probabilities, so that the loss is w times that of the label and 1 − w times that of the answer. The tensors made are the
    /// current dispose scope's.
    /// </summary>
    /// <param name="teacher">Whose probabilities are learned.</param>
    /// <param name="features">(N, F).</param>
    /// <param name="labels">(N), int64; null: answers alone.</param>
    /// <param name="labelShare">w, 0 to 1; above 0 only with labels.</param>
    /// <exception cref="ArgumentException">A share out of range, or without labels.</exception>
    public static ClassifierExamples Distilled(Classifier teacher, Tensor features, Tensor? labels = null, double labelShare = 0)
    {
        if (labelShare is not (>= 0 and <= 1))
        {
            throw new ArgumentException($"a label share of {labelShare} is not between 0 and 1", nameof(labelShare));
        }

        if (labels is null && labelShare > 0)
        {
            throw new ArgumentException($"a label share of {labelShare} without labels", nameof(labels));
        }

        using var gradients = no_grad();
        var answers = teacher.Forward(features.to_type(teacher.Weights[0].dtype)).softmax(-1).to_type(features.dtype);
        return new(features, labels is null
            ? answers
            : answers.mul(1 - labelShare).add(Labelled(features, labels, teacher.Shape.Classes).Targets, labelShare));
    }

    /// <summary>These and others, in this order. The tensors made are the current dispose scope's.</summary>
    public ClassifierExamples And(ClassifierExamples others) =>
        new(cat([Features, others.Features.to_type(Features.dtype)]), cat([Targets, others.Targets.to_type(Targets.dtype)]));

    /// <exception cref="UsageException">Names all that doesn't fit a model of this shape.</exception>
    internal void Validate(ClassifierShape shape)
    {
        using var scope = NewDisposeScope();
        var errors = new List<string>();
        if (Features.dim() != 2 || Features.shape[1] != shape.Features)
        {
            errors.Add($"features are ({string.Join(", ", Features.shape)}), not (N, {shape.Features})");
        }

        if (Targets.dim() != 2 || Targets.shape[0] != Features.shape[0] || Targets.shape[1] != shape.Classes)
        {
            errors.Add($"targets are ({string.Join(", ", Targets.shape)}), not ({Features.shape[0]}, {shape.Classes})");
        }
        else if (Wrong() is > 0 and var rows)
        {
            errors.Add($"{rows} rows of targets are no distributions (numbers from 0 that sum to 1)");
        }

        if (errors.Count > 0)
        {
            throw new UsageException($"The classifiers' examples are wrong: {string.Join("; ", errors)}.");
        }

        long Wrong()
        {
            var t = Targets.to_type(ScalarType.Float64);
            // NaN fails both comparisons.
            var right = t.min(1).values.ge(0).logical_and(t.sum([1L]).sub(1).abs().le(SumTolerance));
            return Targets.shape[0] - right.to_type(ScalarType.Int64).sum().item<long>();
        }
    }
}
