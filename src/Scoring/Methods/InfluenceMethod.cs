namespace Tda.Scoring.Methods;

/// <summary>An entry of <see cref="InfluenceMethods"/>.</summary>
/// <param name="Name">Name on the command line and in manifests.</param>
/// <param name="Needs">What it can't do without.</param>
/// <param name="Summary">One line for <c>--help</c> and docs.</param>
/// <param name="Create">Builds it, fitting what must be fitted. The context stays the caller's.</param>
public sealed record InfluenceMethod(
    string Name, MethodNeeds Needs, string Summary, Func<InfluenceContext, MethodOptions, IProgressSink, CancellationToken, IInfluence> Create);
