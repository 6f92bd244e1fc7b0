namespace Tda.Gateway.Configuration;

/// <summary>Marks an option that only a new process takes: a changed configuration keeps the old value, and <c>/health</c> names it.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class NeedsRestartAttribute : Attribute;
