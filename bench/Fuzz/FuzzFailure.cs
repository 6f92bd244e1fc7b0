namespace Tda.Bench.Fuzz;

/// <summary>An input that broke something; <c>fuzz --input INDEX</c> feeds it again.</summary>
/// <param name="Target">What it was fed to.</param>
/// <param name="Index">Its index in the run.</param>
/// <param name="Error">What happened.</param>
internal sealed record FuzzFailure(string Target, int Index, string Error);
