using Tda.Scoring.Attribution.Queries;
using Tda.Scoring.Gradients;

namespace Tda.Scoring.Methods.Trajectory;

/// <summary>Targets in groups whose gradients fit in <see cref="MethodOptions.QueryElements"/>.</summary>
internal static class TargetGroups
{
    /// <param name="targets">All targets.</param>
    /// <param name="options">The budget.</param>
    /// <param name="modules">Whose gradients are held.</param>
    /// <param name="copies">Gradients held per target.</param>
    public static IEnumerable<(int First, Target[] Members)> Of(
        IReadOnlyList<Target> targets, MethodOptions options, IReadOnlyList<ModuleShape> modules, int copies = 1)
    {
        var size = (int)Math.Clamp(options.QueryElements / (modules.Sum(m => m.Elements) * copies), 1, int.MaxValue);
        var first = 0;
        foreach (var group in targets.Chunk(size))
        {
            yield return (first, group);
            first += group.Length;
        }
    }
}
