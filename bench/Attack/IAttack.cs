using Tda.Bench.Gateway;
using Tda.Bench.Gateway.Processes;

namespace Tda.Bench.Attack;

/// <summary>One way to hurt the gateway. What it finds are the outcome's failures; there should be none.</summary>
internal interface IAttack
{
    string Name { get; }

    Task<CaseOutcome> RunAsync(AttackOptions options);
}

/// <summary>How long, where, and against what.</summary>
/// <param name="Programs">The release build under attack.</param>
/// <param name="Scratch">A directory of this attack, removed at its end.</param>
/// <param name="Minutes">How long the simulated operation takes.</param>
/// <param name="Quick">Small work, to see whether it runs.</param>
internal sealed record AttackOptions(Programs Programs, string Scratch, double Minutes, bool Quick);
