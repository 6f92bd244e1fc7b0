namespace Tda.Core.Text;

/// <summary>A token and the characters it stands for.</summary>
/// <param name="Id">Token id.</param>
/// <param name="Start">First UTF-16 character, in the encoded text.</param>
/// <param name="End">One past the last UTF-16 character.</param>
public readonly record struct TokenSpan(int Id, int Start, int End);
