using Tda.Lab.Generation;

namespace Tda.Lab.Decoding;

/// <summary>
/// What one step adds to a completion: whole characters only, and the tokens that begin inside that text. A completion is
/// the concatenation of its deltas, so a streamed answer and a plain one can't differ.
/// </summary>
/// <param name="Text">New text; may be empty.</param>
/// <param name="Tokens">Tokens that begin in the new text (or complete it, on the last delta).</param>
/// <param name="Finish">Set on the last delta only.</param>
/// <param name="GeneratedTokens">Tokens drawn so far, without EOS.</param>
public sealed record SequenceDelta(string Text, IReadOnlyList<GeneratedToken> Tokens, FinishReason? Finish, int GeneratedTokens);
