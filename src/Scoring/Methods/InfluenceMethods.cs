using Tda.Scoring.Methods.Gradients;
using Tda.Scoring.Methods.Lexical;
using Tda.Scoring.Methods.Losses;
using Tda.Scoring.Methods.Projected;
using Tda.Scoring.Methods.Trajectory;

namespace Tda.Scoring.Methods;

/// <summary>All influence methods by name, family by family.</summary>
public static class InfluenceMethods
{
    /// <summary>Every method.</summary>
    public static IReadOnlyList<InfluenceMethod> All { get; } =
    [
        .. CurvatureMethods.All,
        .. TrajectoryMethods.All,
        .. ProjectedMethods.All,
        .. LossMethods.All,
        .. LexicalMethods.All,
    ];

    /// <summary>A method by name.</summary>
    /// <exception cref="UsageException">There is none of that name; the message lists them.</exception>
    public static InfluenceMethod Find(string name) =>
        All.FirstOrDefault(m => m.Name == name)
        ?? throw new UsageException($"There is no method '{name}'. Methods: {string.Join(", ", All.Select(m => m.Name))}.");

    /// <summary>Builds a method after checking that the context has all that it needs.</summary>
    /// <exception cref="UsageException">No such method, options out of range, or something it needs is missing: says what.</exception>
    public static IInfluence Create(
        string name, InfluenceContext context, MethodOptions options, IProgressSink progress, CancellationToken cancellation)
    {
        options.Validate();
        var method = Find(name);
        Require(method, context);
        return method.Create(context, options, progress, cancellation);
    }

    /// <summary>Checks that the context has all that a method needs.</summary>
    internal static void Require(InfluenceMethod method, InfluenceContext context)
    {
        var missing = new List<string>();
        if (method.Needs.HasFlag(MethodNeeds.Checkpoints) && context.Trajectory.Count == 0)
        {
            missing.Add("checkpoints of the training run (a surrogate made by tda distill has them)");
        }

        if (method.Needs.HasFlag(MethodNeeds.SecondMoments) && context.Trajectory.Any(p => p.SecondMoments is null))
        {
            missing.Add("the optimiser's second moments in every checkpoint (distil with --optimizer adamw)");
        }

        if (method.Needs.HasFlag(MethodNeeds.Ensemble) && context.Ensemble.Count < 2)
        {
            missing.Add("an ensemble of models (distil with --ensemble 5)");
        }

        if (method.Needs.HasFlag(MethodNeeds.Text) && (context.DocumentText is null || context.QueryTexts is null))
        {
            missing.Add("the texts of documents and queries");
        }

        if (missing.Count > 0)
        {
            throw new UsageException($"Method {method.Name} needs {string.Join(", and ", missing)}.");
        }
    }
}
