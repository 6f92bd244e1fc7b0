using System.Globalization;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>Where a tensor lives: a kind of device and its index, −1 for the current one.</summary>
    public class Device
    {
        /// <param name="description">"cpu", "cuda", "cuda:1".</param>
        public Device(string description)
        {
            var parts = description.Split(':');
            type = Parse(parts[0]);
            index = parts.Length == 2 ? int.Parse(parts[1], CultureInfo.InvariantCulture) : -1;
        }

        public Device(string deviceType, int index = -1)
        {
            type = Parse(deviceType);
            this.index = index;
        }

        public Device(DeviceType deviceType, int index = -1)
        {
            type = deviceType;
            this.index = index;
        }

        public Device(int index)
        {
            type = DeviceType.CUDA;
            this.index = index;
        }

        public DeviceType type { get; }

        public int index { get; }

        public static implicit operator Device(string description) => new(description);

        public override string ToString()
        {
            var name = type.ToString().ToLowerInvariant();
            return type == DeviceType.CPU || index < 0 ? name : string.Create(CultureInfo.InvariantCulture, $"{name}:{index}");
        }

        private static DeviceType Parse(string name) =>
            Enum.TryParse<DeviceType>(name, ignoreCase: true, out var type) && !int.TryParse(name, out _)
                ? type
                : throw new ArgumentException($"'{name}' is not a device: use cpu, cuda or cuda:<index>.");
    }

    public static readonly Device CPU = new(DeviceType.CPU);

    public static Device CUDA { get; } = new(DeviceType.CUDA);

    public static Device META { get; } = new(DeviceType.META);

    public static Device device(string description) => new(description);

    public static Device device(string deviceType, int index = -1) => new(deviceType, index);

    public static Device device(DeviceType deviceType, int index = -1) => new(deviceType, index);

    public static Device device(int index) => new(DeviceType.CUDA, index);
}
