namespace Tda.Gateway.Redaction.Views;

/// <summary>Where a token of a list of log-probabilities stands, and what repeats it: its bytes and its alternatives.</summary>
/// <param name="Start">The token's first byte in the body.</param>
/// <param name="End">The byte after its last.</param>
/// <param name="ObjectStart">The first byte of the object around it.</param>
/// <param name="ObjectEnd">The byte after that object.</param>
/// <param name="Listed">Whether it stands in a <c>tokens</c> array, whose alternatives are named by property names.</param>
internal readonly record struct TokenPlace(int Start, int End, int ObjectStart, int ObjectEnd, bool Listed);
