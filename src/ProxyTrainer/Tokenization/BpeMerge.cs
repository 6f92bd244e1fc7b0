namespace Tda.ProxyTrainer.Tokenization;

/// <summary>Two neighbouring tokens and the one that replaces them.</summary>
internal readonly record struct BpeMerge(int Left, int Right, int Merged);
