namespace Tda.Curation.Reports;

/// <summary>A token's score.</summary>
/// <param name="Start">First character in the text.</param>
/// <param name="End">One past the last character; equal to <paramref name="Start"/> for a token without text, such as EOS.</param>
/// <param name="Score">In nats; positive = proponent.</param>
/// <param name="Masked">Whether the run's mask suppresses it.</param>
public sealed record HeatToken(int Start, int End, double Score, bool Masked = false);
