namespace Tda.Core.Masks;

/// <summary>The tokens of one document that are selected for suppression: one line of <c>mask.jsonl</c>.</summary>
/// <param name="Id">Document id.</param>
/// <param name="Tokens">
/// Label-token indices, ascending: positions in BOS + tokens + EOS (so at least 1) of the tokenizer that the run's
/// manifest names.
/// </param>
/// <param name="Spans">
/// [start, end) pairs of UTF-16 characters that these tokens stand for, ascending and apart, so that another tokenizer's
/// tokens can be masked. EOS, which stands for no character, is [length, length].
/// </param>
public sealed record DocumentMask(string Id, int[] Tokens, int[][] Spans);
